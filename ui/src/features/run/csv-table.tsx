import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { bytesQuery } from "@/api/queries";
import { Loaded } from "@/components/states";
import { endOfRows, parseCsv } from "@/lib/csv";
import { bytes, grouped } from "@/lib/format";
import { Pager, RowTable } from "./row-table";

const perPage = 100;
const mostBytes = 128_000;
type Place = { start: number; row: number };
type Page = { rows: string[][]; taken: number };

/** Rows `most` at most from the bytes that were fetched, and how many of the bytes they take. */
function pageOf(found: Uint8Array, most: number, separator: string, isLast: boolean): Page {
  const end = endOfRows(found, most, separator);
  const whole = isLast || end === 0; // a row longer than what is fetched at once is cut
  const text = new TextDecoder().decode(whole ? found : found.subarray(0, end));
  const rows = parseCsv(text, most, separator);
  return { rows, taken: rows.length < most && whole ? found.length : end || found.length };
}

/** A CSV file of any size: each page is fetched by its bytes, so that no more is read than is seen. */
export function CsvTable({ run, path, size }: { run: string; path: string; size: number }) {
  const [trail, setTrail] = useState<readonly Place[]>([{ start: 0, row: 1 }]);
  const here = trail.at(-1) ?? { start: 0, row: 1 };
  const separator = path.toLowerCase().endsWith(".tsv") ? "\t" : ",";
  const top = useQuery(bytesQuery(run, path, 0, mostBytes));
  const found = useQuery(bytesQuery(run, path, here.start, mostBytes));
  const head = useMemo(() => (top.data ? (pageOf(top.data, 1, separator, top.data.length >= size).rows[0] ?? []) : []), [top.data, separator, size]);
  const page = useMemo(() => {
    if (!found.data) return null;
    const isFirst = here.start === 0;
    const made = pageOf(found.data, isFirst ? perPage + 1 : perPage, separator, here.start + found.data.length >= size);
    return isFirst ? { ...made, rows: made.rows.slice(1) } : made;
  }, [found.data, here.start, separator, size]);
  const numeric = useMemo(() => head.map((_, at) => (page?.rows ?? []).every((row) => !row[at] || !Number.isNaN(Number(row[at])))), [head, page]);
  return (
    <Loaded query={found} what={path}>
      {() => {
        if (!page) return null;
        const last = here.row + page.rows.length - 1;
        const next = here.start + page.taken;
        return (
          <>
            <Pager
              previous={trail.length > 1 ? () => setTrail(trail.slice(0, -1)) : undefined}
              next={next < size && page.rows.length > 0 ? () => setTrail([...trail, { start: next, row: last + 1 }]) : undefined}
            >
              {page.rows.length === 0 ? "No rows" : `Rows ${grouped(here.row)} to ${grouped(last)}`}
              {next < size ? `, ${bytes(next)} of ${bytes(size)}` : here.row > 1 || page.rows.length === 0 ? "" : ", all there are"}, {grouped(head.length)} columns
            </Pager>
            <RowTable columns={head.map((name, at) => ({ name, numeric: numeric[at] ?? false }))} rows={page.rows} first={here.row} label={`Rows of ${path}`} />
          </>
        );
      }}
    </Loaded>
  );
}
