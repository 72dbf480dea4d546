import type { Run } from "@/api/schema";
import { spell } from "./columns";
import type { Column } from "./columns";
import { toNumber } from "./format";
import { valueOf } from "./run-data";

export type ParallelAxis = { column: Column; id: string; low: number; high: number; words: string[] | null };
export type Brush = { low: number; high: number };

const mostWords = 24;

/** An axis for each column that says more than one thing: numbers where all are, else words in their order. */
export function axesOf(runs: readonly Run[], columns: readonly Column[]): ParallelAxis[] {
  return columns.flatMap((column): ParallelAxis[] => {
    const values = runs.map((run) => valueOf(run, column)).filter((value) => value !== undefined);
    const different = new Set(values);
    if (different.size < 2) return [];
    const numbers = column.kind === "m" ? values.map(toNumber).filter(Number.isFinite) : values.map(Number);
    if (numbers.length > 0 && numbers.every(Number.isFinite)) {
      const low = numbers.reduce((a, b) => Math.min(a, b));
      const high = numbers.reduce((a, b) => Math.max(a, b));
      return low < high ? [{ column, id: spell(column), low, high, words: null }] : [];
    }
    if (different.size > mostWords) return [];
    const words = [...different].map(String).toSorted();
    return [{ column, id: spell(column), low: 0, high: words.length - 1, words }];
  });
}

/** From 0 at the bottom to 1 at the top; null where a run has nothing to show. */
export function placeOn(axis: ParallelAxis, run: Run): number | null {
  const value = valueOf(run, axis.column);
  if (value === undefined) return null;
  const number = axis.words ? axis.words.indexOf(String(value)) : toNumber(axis.column.kind === "m" ? value : Number(value));
  return Number.isFinite(number) ? (number - axis.low) / (axis.high - axis.low) : null;
}

export function within(axes: readonly ParallelAxis[], places: ReadonlyArray<number | null>, brushes: ReadonlyMap<string, Brush>): boolean {
  return axes.every((axis, at) => {
    const brush = brushes.get(axis.id);
    const place = places[at];
    return !brush || (place !== null && place !== undefined && place >= brush.low && place <= brush.high);
  });
}
