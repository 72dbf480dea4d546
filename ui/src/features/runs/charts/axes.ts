import type { Run } from "@/api/schema";
import { parse } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { chosenColor, colorOf as ownColor, ramp, wordColor } from "@/lib/colors";
import { duration, shortTime, tick } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { scaleOf } from "@/lib/scale";
import type { Scale } from "@/lib/scale";
import type { View } from "@/features/runs/use-view";

const mostColored = 10;
const started: Column = { kind: "a", key: "started" };

/** The columns that a drawing lays out: as the address says, else what tells most. */
export function chosenAxes(view: View): { across: Column; up: Column; by: Column | null } {
  const metrics = view.columns.filter((one) => one.kind === "m");
  const params = view.columns.filter((one) => one.kind === "p");
  const metric = metrics[0] ?? started;
  const given = { across: read(view.search.across), up: read(view.search.up), by: read(view.search.by) };
  if (view.mode === "contour") {
    return { across: given.across ?? params[0] ?? started, up: given.up ?? params[1] ?? metrics[1] ?? metric, by: given.by ?? metric };
  }
  const usual = view.mode === "groups" ? (params.find((one) => isFew(view, one)) ?? params[0]) : params.find((one) => !isFew(view, one));
  return { across: given.across ?? usual ?? metrics[1] ?? started, up: given.up ?? metric, by: given.by };
}

const read = (text: string | undefined) => (text ? parse(text) : null);

/** Whether a param has so few values that they make groups. */
function isFew(view: View, column: Column): boolean {
  const known = view.keys.params.find((one) => one.key === column.key);
  return known !== undefined && known.values <= 12 && known.values < known.runs / 2;
}

export function formatOf(column: Column): (value: number) => string {
  if (column.kind !== "a") return tick;
  return column.key === "started" ? shortTime : column.key === "duration" ? duration : tick;
}

/** Which axes are logarithmic: `x`, and `1`, which is the upward one in all charts. */
export function logs(view: View): { x: boolean; y: boolean } {
  const text = view.search.log ?? "";
  return { x: text.includes("x"), y: text.includes("1") };
}

export function scaled(runs: readonly Run[], column: Column, log: boolean): Scale {
  return scaleOf(runs.map((run) => valueOf(run, column)), { log, format: formatOf(column) });
}

export type Coloring = { colorOf: (run: Run) => string; scale: Scale | null };

/** By a column: numbers from dark to light, words in colours that can be told apart. Without one, few runs have their own, of many those for which one was chosen. */
export function coloring(runs: readonly Run[], by: Column | null, dark: boolean, plain: string): Coloring {
  if (by === null) {
    const few = runs.length <= mostColored;
    return { colorOf: (run) => (few ? ownColor(run, dark) : (chosenColor(run, dark) ?? plain)), scale: null };
  }
  const scale = scaled(runs, by, false);
  const faint = dark ? "#4a5666" : "#b4bcc8";
  const colorOf = (run: Run) => {
    const value = valueOf(run, by);
    if (scale.words) return value === undefined ? faint : (wordColor(scale.words.indexOf(String(value)), dark) ?? faint);
    const place = scale.place(value);
    return place === null ? faint : ramp(place);
  };
  return { colorOf, scale };
}
