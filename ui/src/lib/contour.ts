/** Contours from scattered points. All places and values are from 0 to 1. */

export type Sample = { x: number; y: number; value: number };
/** Values where the lines of a mesh cross, row by row from below; null is too far from any sample to tell. */
export type Field = { columns: number; rows: number; values: ReadonlyArray<number | null> };
type Spot = { x: number; y: number };

const columns = 60;
const rows = 40;
const fewest = 12;
const fewestPlaces = 4;
/** Further away than so many widths of the bell around each sample, nothing is told. */
const farthest = 2.2;

/** Whether there are enough, spread along both axes, to draw what lies between them. */
export function areEnough(samples: readonly Sample[]): boolean {
  const places = (pick: (one: Sample) => number) => new Set(samples.map(pick)).size;
  return samples.length >= fewest && places((one) => one.x) >= fewestPlaces && places((one) => one.y) >= fewestPlaces;
}

/** At each place the mean of the samples around it, the near ones counting most: noise is smoothed, and nothing overshoots. */
export function fieldOf(samples: readonly Sample[]): Field {
  const width = Math.max(0.05, 0.8 / Math.sqrt(Math.max(1, samples.length)));
  const reach = (farthest * width) ** 2;
  const values: Array<number | null> = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      values.push(meanAround(samples, column / (columns - 1), row / (rows - 1), width, reach));
    }
  }
  return { columns, rows, values };
}

function meanAround(samples: readonly Sample[], x: number, y: number, width: number, reach: number): number | null {
  let sum = 0;
  let weights = 0;
  for (const one of samples) {
    const away = (one.x - x) ** 2 + (one.y - y) ** 2;
    if (away > reach) continue;
    const weight = Math.exp(-away / (2 * width * width));
    weights += weight;
    sum += weight * one.value;
  }
  return weights > 0 ? sum / weights : null;
}

export type Region = { outlines: Spot[][]; edges: Array<[Spot, Spot]> };

/** Where the field is at least so high: the parts of each mesh to fill, and the line around them. */
export function above(field: Field, level: number): Region {
  const found: Region = { outlines: [], edges: [] };
  for (let row = 0; row + 1 < field.rows; row += 1) {
    for (let column = 0; column + 1 < field.columns; column += 1) mesh(field, column, row, level, found);
  }
  return found;
}

const around = [[0, 0], [1, 0], [1, 1], [0, 1]] as const;

function mesh(field: Field, column: number, row: number, level: number, found: Region): void {
  const corners = around.map(([right, up]) => ({
    x: (column + right) / (field.columns - 1),
    y: (row + up) / (field.rows - 1),
    value: field.values[(row + up) * field.columns + column + right] ?? null,
  }));
  if (corners.some((one) => one.value === null)) return;
  const outline: Spot[] = [];
  const crossings: Spot[] = [];
  corners.forEach((one, at) => {
    const next = corners[(at + 1) % 4] ?? one;
    const [a, b] = [one.value ?? 0, next.value ?? 0];
    if (a >= level) outline.push({ x: one.x, y: one.y });
    if (a >= level === b >= level) return;
    const share = (level - a) / (b - a);
    const crossing = { x: one.x + share * (next.x - one.x), y: one.y + share * (next.y - one.y) };
    outline.push(crossing);
    crossings.push(crossing);
  });
  if (outline.length > 2) found.outlines.push(outline);
  for (let at = 0; at + 1 < crossings.length; at += 2) {
    const [from, to] = [crossings[at], crossings[at + 1]];
    if (from && to) found.edges.push([from, to]);
  }
}
