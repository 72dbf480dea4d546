/** Where the points of a series stand on each kind of axis, and when that was. */
import { momentAt, placeAt } from "@/lib/moments";
import type { Moments } from "@/lib/moments";
import type { Axis, Range } from "@/lib/range";
import type { Line } from "@/lib/series";

export type PlotSeries = { id: string; name: string; color: string; dash?: readonly number[]; line: Line; moments?: Moments };
export type Mark = { at: number; label: string };

/** Steps, seconds since the epoch as uPlot wants time, or milliseconds since the first point. */
export function placed({ x }: Line, axis: Axis): number[] {
  if (axis === "step") return x;
  const first = x[0] ?? 0;
  return axis === "time" ? x.map((at) => at / 1000) : x.map((at) => at - first);
}

/** When this series was at a place. */
export function momentOf(one: PlotSeries | undefined, axis: Axis, place: number): number | null {
  if (axis === "time") return place * 1000;
  if (axis === "relative") return one?.line.x[0] === undefined ? null : one.line.x[0] + place;
  return one?.moments ? momentAt(one.moments, place) : null;
}

/** Where a moment is. Steps of several series that were going on at once are different ones: then it is nowhere. */
export function placeOn(series: readonly PlotSeries[], axis: Axis, moment: number): number | null {
  if (axis === "time") return moment / 1000;
  const places = series.map((one) => placeOf(one, axis, moment)).filter((place) => place !== null);
  return places.length === 1 ? (places[0] ?? null) : null;
}

function placeOf({ line, moments }: PlotSeries, axis: Axis, moment: number): number | null {
  if (axis === "step") return moments ? placeAt(moments, moment) : null;
  const [first, last] = [line.x[0], line.x.at(-1)];
  return first === undefined || last === undefined || moment < first || moment > last ? null : moment - first;
}

export function inUnits(range: Range, axis: Axis): [number, number] {
  return axis === "time" ? [range[0] / 1000, range[1] / 1000] : [range[0], range[1]];
}
