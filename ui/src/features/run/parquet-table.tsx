import { useQuery } from "@tanstack/react-query";
import { rowsQuery } from "@/api/queries";
import { Loaded } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { grouped } from "@/lib/format";
import { Pager, RowTable } from "./row-table";

const perPage = 100;

/** A Parquet file, read by the server a page at a time. */
export function ParquetTable({ run, path }: { run: string; path: string }) {
  const [search, change] = useAddress();
  const first = Math.max(1, Math.floor(Number(search.row)) || 1);
  const found = useQuery(rowsQuery(run, path, first - 1, perPage));
  const go = (row: number) => change({ row: row <= 1 ? undefined : String(row) });
  return (
    <Loaded query={found} what={path}>
      {(page) => (
        <>
          <Pager previous={first > 1 ? () => go(first - perPage) : undefined} next={first - 1 + perPage < page.total_rows ? () => go(first + perPage) : undefined}>
            {page.rows.length === 0 ? "No rows" : `Rows ${grouped(first)} to ${grouped(first + page.rows.length - 1)}`} of {grouped(page.total_rows)},{" "}
            {page.columns.length < page.total_columns ? `the first ${page.columns.length} of ${grouped(page.total_columns)}` : page.total_columns} columns
          </Pager>
          <RowTable columns={page.columns.map((one) => ({ ...one, hint: one.type }))} rows={page.rows} first={first} label={`Rows of ${path}`} />
        </>
      )}
    </Loaded>
  );
}
