import { grouped, number } from "@/lib/format";
import type { Extent } from "@/lib/series";

/** Heads of the columns that tell what a metric came to. */
export function ExtentHeads() {
  return ["Last", "Min", "Max", "Points"].map((head) => (
    <th key={head} scope="col" className="number">
      {head}
    </th>
  ));
}

type Given = { last: number | string | undefined; extent: Extent | null | undefined; total: number | undefined };

/** Its last value, its exact least and most, and of how many points; what is not known yet stays empty. */
export function ExtentCells({ last, extent, total }: Given) {
  return (
    <>
      <td className="number" title={String(last)}>{number(last)}</td>
      <td className="number muted">{total === undefined ? "" : number(extent?.least)}</td>
      <td className="number muted">{total === undefined ? "" : number(extent?.most)}</td>
      <td className="number muted">{total === undefined ? "" : grouped(total)}</td>
    </>
  );
}
