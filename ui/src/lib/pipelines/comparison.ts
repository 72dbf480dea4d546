/** What is compared of runs of pipelines, as lines of a table. */
import type { ArtifactLine, PipelineRun, ValueLine } from "@/api/schema";
import { direction } from "@/lib/metrics";
import { confusionOf, rocOf, slicesOf } from "./metrics";

export type Line = { key: string; label: string; cells: readonly unknown[]; differs: boolean };

/** Whether not all of them are the same, as they would be written. */
export function differ(cells: readonly unknown[]): boolean {
  return new Set(cells.map((cell) => (cell === null ? undefined : JSON.stringify(cell)))).size > 1;
}

/** Those that differ first, each by name. */
export function parameterLines(runs: readonly PipelineRun[]): Line[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.parameters)))];
  return names
    .map((name) => {
      const cells = runs.map((run) => run.parameters[name]);
      return { key: name, label: name, cells, differs: differ(cells) };
    })
    .toSorted((a, b) => Number(b.differs) - Number(a.differs) || a.label.localeCompare(b.label));
}

/** What tasks put out; the name says which task where several have one of the name. */
export function valueLines(values: readonly ValueLine[]): Line[] {
  return values.map((one) => ({
    key: `${one.place}/${one.output}/${one.key}`,
    label: `${one.place} · ${one.key || one.output}`,
    cells: one.cells,
    differs: differ(one.cells),
  }));
}

/** The best of the numbers in a line, where its name says which way is better. */
export function bestOf({ label, cells }: Line): number | null {
  const way = direction(label);
  const numbers = cells.filter((cell) => typeof cell === "number");
  if (way === null || numbers.length < 2) return null;
  return numbers.reduce((a, b) => (way === "up" ? Math.max(a, b) : Math.min(a, b)));
}

export type Curve = { at: number; points: ReturnType<typeof rocOf> };

/** The ROC curves of an artifact, by the places of the runs that have one. */
export function curvesOf({ cells }: ArtifactLine): Curve[] {
  return cells.flatMap((cell, at) => {
    const points = cell ? rocOf(cell.metadata) : [];
    return points.length > 1 ? [{ at, points }] : [];
  });
}

/** Whether there is more to see of it than a file. */
export function isDrawn({ cells }: ArtifactLine): boolean {
  return cells.some((cell) => cell && (confusionOf(cell.metadata) !== null || rocOf(cell.metadata).length > 1 || slicesOf(cell.metadata).length > 0 || /\.(HTML|Markdown)$/.test(cell.type)));
}
