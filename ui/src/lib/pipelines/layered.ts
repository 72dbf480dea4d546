/** Where the nodes of a directed graph go, from top to bottom: longest-path layers, ordered by barycentre. */

export type Item = { id: string; width: number; height: number };
export type Edge = { from: string; to: string };
export type Point = readonly [x: number, y: number];
export type Drawn = { places: ReadonlyMap<string, Point>; routes: Array<Edge & { points: Point[] }>; width: number; height: number };

/** `before` and `after` are within the layers beside; edges over several layers pass through nodes that are not there. */
type Cell = { id: string; width: number; height: number; layer: number; x: number; before: Cell[]; after: Cell[] };

const lane = 12;
const sweeps = 6;

export function layered(items: readonly Item[], edges: readonly Edge[], gapX = 24, gapY = 40): Drawn {
  const layerOf = layersOf(items, edges);
  const cells = new Map(items.map((item) => [item.id, { ...item, layer: layerOf.get(item.id) ?? 0, x: 0, before: [], after: [] } as Cell]));
  const layers: Cell[][] = [];
  for (const cell of cells.values()) (layers[cell.layer] ??= []).push(cell);
  const chains = edges.flatMap((edge) => {
    const from = cells.get(edge.from);
    const to = cells.get(edge.to);
    return from && to && from.layer < to.layer ? [{ edge, chain: chained(from, to, layers) }] : [];
  });
  const ordered = order(layers);
  place(ordered, gapX);
  return draw(ordered, chains, gapY);
}

/** Each node below all that it waits for; what waits for nothing right above the first that waits for it. */
export function layersOf(items: readonly Item[], edges: readonly Edge[]): Map<string, number> {
  const after = new Map<string, string[]>(items.map((item) => [item.id, []]));
  const open = new Map<string, number>(items.map((item) => [item.id, 0]));
  for (const { from, to } of edges) {
    if (!after.has(from) || !after.has(to)) continue;
    after.get(from)?.push(to);
    open.set(to, (open.get(to) ?? 0) + 1);
  }
  const layers = new Map<string, number>();
  const sources = items.filter((item) => open.get(item.id) === 0).map((item) => item.id);
  const queue = [...sources];
  for (const id of sources) layers.set(id, 0);
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at] ?? "";
    for (const next of after.get(id) ?? []) {
      layers.set(next, Math.max(layers.get(next) ?? 0, (layers.get(id) ?? 0) + 1));
      open.set(next, (open.get(next) ?? 0) - 1);
      if (open.get(next) === 0) queue.push(next);
    }
  }
  for (const id of sources) {
    const next = (after.get(id) ?? []).map((one) => layers.get(one) ?? 0);
    if (next.length > 0) layers.set(id, Math.max(0, Math.min(...next) - 1));
  }
  return layers;
}

function chained(from: Cell, to: Cell, layers: Cell[][]): Cell[] {
  const chain = [from];
  for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
    const cell: Cell = { id: "", width: lane, height: 0, layer, x: 0, before: [], after: [] };
    (layers[layer] ??= []).push(cell);
    chain.push(cell);
  }
  chain.push(to);
  for (let at = 1; at < chain.length; at += 1) {
    chain[at - 1]?.after.push(chain[at] as Cell);
    chain[at]?.before.push(chain[at - 1] as Cell);
  }
  return chain;
}

function order(layers: readonly Cell[][]): Cell[][] {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(best);
  let now = best;
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep += 1) {
    const down = sweep % 2 === 0;
    now = now.map((layer) => [...layer]);
    for (let at = 1; at < now.length; at += 1) {
      const layer = now[down ? at : now.length - 1 - at] ?? [];
      const fixed = now[down ? at - 1 : now.length - at] ?? [];
      const rank = new Map(fixed.map((cell, place) => [cell, place]));
      const centre = new Map(layer.map((cell, place) => [cell, mean((down ? cell.before : cell.after).map((one) => rank.get(one) ?? 0), place)]));
      layer.sort((a, b) => (centre.get(a) ?? 0) - (centre.get(b) ?? 0));
    }
    const found = crossings(now);
    if (found < fewest) [best, fewest] = [now, found];
  }
  return best;
}

export function crossings(layers: ReadonlyArray<ReadonlyArray<{ after: readonly object[] }>>): number {
  return layers.slice(1).reduce((sum, layer, at) => {
    const rank = new Map<object, number>(layer.map((cell, place) => [cell, place]));
    const ends = (layers[at] ?? []).flatMap((cell) => cell.after.map((one) => rank.get(one) ?? 0).toSorted((a, b) => a - b));
    return sum + inversions(ends, layer.length);
  }, 0);
}

function inversions(values: readonly number[], size: number): number {
  const tree = Array.from({ length: size + 1 }, () => 0);
  let found = 0;
  for (const [seen, value] of values.entries()) {
    let notGreater = 0;
    for (let at = value + 1; at > 0; at -= at & -at) notGreater += tree[at] ?? 0;
    found += seen - notGreater;
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  }
  return found;
}

/** Each as near below and above its neighbours as those beside it leave room for. */
function place(layers: readonly Cell[][], gap: number): void {
  for (const layer of layers) settle(layer, layer.map((_, at) => at), gap);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed()) {
      settle(layer, layer.map((cell) => mean((down ? cell.before : cell.after).map((one) => one.x), cell.x)), gap);
    }
  }
  const left = Math.min(...layers.flatMap((layer) => layer.map((cell) => cell.x - cell.width / 2)));
  for (const layer of layers) for (const cell of layer) cell.x -= left;
}

/** The places nearest to those wished for, in order and apart: the pool-adjacent-violators algorithm. */
function settle(layer: readonly Cell[], wished: readonly number[], gap: number): void {
  const offsets: number[] = [];
  for (const [at, cell] of layer.entries()) {
    const before = layer[at - 1];
    offsets.push(before ? (offsets[at - 1] ?? 0) + (before.width + cell.width) / 2 + gap : 0);
  }
  const pools: Array<{ sum: number; count: number }> = [];
  for (const [at, wish] of wished.entries()) {
    let pool = { sum: wish - (offsets[at] ?? 0), count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  }
  let at = 0;
  for (const { sum, count } of pools) {
    for (let left = count; left > 0; left -= 1, at += 1) {
      const cell = layer[at];
      if (cell) cell.x = sum / count + (offsets[at] ?? 0);
    }
  }
}

function draw(layers: readonly Cell[][], chains: ReadonlyArray<{ edge: Edge; chain: readonly Cell[] }>, gap: number): Drawn {
  const tops: number[] = [];
  let bottom = 0;
  for (const layer of layers) {
    tops.push(bottom);
    bottom += Math.max(0, ...layer.map((cell) => cell.height)) + gap;
  }
  const places = new Map<string, Point>();
  let width = 0;
  for (const cell of layers.flat()) {
    if (cell.id !== "") places.set(cell.id, [cell.x - cell.width / 2, tops[cell.layer] ?? 0]);
    width = Math.max(width, cell.x + cell.width / 2);
  }
  const routes = chains.map(({ edge, chain }) => {
    const points = chain.flatMap((cell, at): Point[] => {
      const top = tops[cell.layer] ?? 0;
      if (at === 0) return [[cell.x, top + cell.height]];
      const room = (tops[cell.layer + 1] ?? bottom) - top - gap;
      return at === chain.length - 1 ? [[cell.x, top]] : [[cell.x, top], [cell.x, top + room]];
    });
    return { ...edge, points };
  });
  return { places, routes, width, height: Math.max(0, bottom - gap) };
}

function mean(values: readonly number[], otherwise: number): number {
  return values.length === 0 ? otherwise : values.reduce((sum, one) => sum + one, 0) / values.length;
}
