/** Steps and the time: where a series was when, and when it was where. */
import type { Chart } from "@/api/schema";

/** Places along a chart, and the moment of each in milliseconds; places are in order. */
export type Moments = { x: readonly number[]; at: readonly number[] };

export function momentsOf(chart: Chart): Moments {
  const x = chart.exact ? chart.points.map((one) => one.x) : chart.buckets.map((one) => one.first.x);
  return { x, at: chart.times.length === x.length ? chart.times : x };
}

/** The moment of the last place that is not further than this one; null before the first. */
export function momentAt({ x, at }: Moments, place: number): number | null {
  return at[x.findLastIndex((one) => one <= place)] ?? null;
}

/** The furthest place that had been reached by then; null before the first, and when the last was over. */
export function placeAt({ x, at }: Moments, moment: number): number | null {
  if (!at.some((one) => one >= moment)) return null;
  return x[at.findLastIndex((one) => one <= moment)] ?? null;
}
