/** What kfp keeps in the metadata of metrics, as it is drawn. */

type Json = Record<string, unknown>;

export type Confusion = { categories: string[]; rows: number[][] };
export type RocPoint = { threshold: number; fpr: number; tpr: number };

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter((one): one is Json => typeof one === "object" && one !== null) : []);

export function confusionOf(metadata: Json): Confusion | null {
  const found = metadata.confusionMatrix as Json | undefined;
  if (typeof found !== "object" || found === null) return null;
  const categories = list(found.annotationSpecs).map((one) => String(one.displayName));
  const rows = list(found.rows).map((one) => (Array.isArray(one.row) ? one.row.map(Number) : []));
  return categories.length > 0 && rows.length === categories.length ? { categories, rows } : null;
}

/** By the rate of false alarms; points that are no numbers are left out. */
export function rocOf(metadata: Json): RocPoint[] {
  return list(metadata.confidenceMetrics)
    .map((one) => ({ threshold: Number(one.confidenceThreshold), fpr: Number(one.falsePositiveRate), tpr: Number(one.recall) }))
    .filter(({ fpr, tpr }) => Number.isFinite(fpr) && Number.isFinite(tpr))
    .toSorted((a, b) => a.fpr - b.fpr || a.tpr - b.tpr);
}

/** The area below the curve, by trapezoids. */
export function areaOf(points: readonly RocPoint[]): number {
  let area = 0;
  for (let at = 1; at < points.length; at += 1) {
    const [a, b] = [points[at - 1], points[at]];
    if (a && b) area += ((b.fpr - a.fpr) * (a.tpr + b.tpr)) / 2;
  }
  return area;
}

export function accuracyOf({ rows }: Confusion): number {
  const all = rows.flat().reduce((sum, one) => sum + one, 0);
  return all === 0 ? Number.NaN : rows.reduce((sum, row, at) => sum + (row[at] ?? 0), 0) / all;
}

/** Metrics by slices of the data, each with metadata of its own. */
export function slicesOf(metadata: Json): Array<{ name: string; metadata: Json }> {
  return list(metadata.evaluationSlices).map((one) => ({ name: String(one.slice), metadata: (one.sliceClassificationMetrics ?? one.sliceMetrics ?? {}) as Json }));
}

const drawn = new Set(["confusionMatrix", "confidenceMetrics", "evaluationSlices"]);

/** What is left to be shown as a table. */
export function plainOf(metadata: Json): Array<[string, unknown]> {
  return Object.entries(metadata).filter(([key]) => !drawn.has(key));
}
