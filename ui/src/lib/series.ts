import type { Chart } from "@/api/schema";
import { number, toNumber } from "./format";

export type Line = { x: number[]; y: Array<number | null> };

/** What to draw of a series: its points, or of each bucket those that a line must go through, lowest and highest. */
export function lineOf(chart: Chart): Line {
  const line: Line = { x: [], y: [] };
  const put = (at: number, value: number | string) => {
    const shown = toNumber(value);
    const finite = Number.isFinite(shown) ? shown : null;
    if (line.x.at(-1) === at) {
      // One value for one place: a later point of the same step stands for it.
      line.y[line.y.length - 1] = finite;
      return;
    }
    line.x.push(at);
    line.y.push(finite);
  };
  if (chart.exact) for (const point of chart.points) put(point.x, point.value);
  else {
    for (const { first, last, min, max } of chart.buckets) {
      const marks = [first, min, max, last].filter((one) => one !== null).toSorted((a, b) => a.x - b.x);
      for (const mark of marks) put(mark.x, mark.value);
    }
  }
  return line;
}

/** `leastAt` and `mostAt`: where on the axis that was, for the first time. */
export type Extent = { least: number; leastAt: number; most: number; mostAt: number; last: number };

/** Exact, whatever was left out of the line: every bucket knows its lowest and highest. */
export function extentOf(chart: Chart): Extent | null {
  const marks = [...chart.points, ...chart.buckets.flatMap(({ min, max }) => [min, max].filter((one) => one !== null))];
  const known = marks.map(({ x, value }) => ({ x, value: toNumber(value) })).filter((one) => !Number.isNaN(one.value));
  const last = chart.exact ? chart.points.at(-1)?.value : chart.buckets.at(-1)?.last.value;
  if (known.length === 0) return null;
  const least = known.reduce((a, b) => (b.value < a.value ? b : a));
  const most = known.reduce((a, b) => (b.value > a.value ? b : a));
  return { least: least.value, leastAt: least.x, most: most.value, mostAt: most.x, last: toNumber(last) };
}

/** A chart as a sentence, for those who cannot see it. */
export function sentence(metric: string, names: readonly string[], lines: readonly Line[]): string {
  const [first] = lines;
  const from = first?.y.find((one) => one !== null);
  const until = first?.y.findLast((one) => one !== null);
  if (lines.length !== 1 || from === undefined || until === undefined || from === null || until === null) {
    return `${metric} of ${lines.length} runs: ${names.slice(0, 5).join(", ")}${names.length > 5 ? " and others" : ""}`;
  }
  const verb = until > from ? "rises" : until < from ? "falls" : "stays";
  return `${metric} ${verb} from ${number(from)} to ${number(until)} over ${first?.x.length ?? 0} points`;
}
