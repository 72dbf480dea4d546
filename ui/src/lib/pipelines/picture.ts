/** Where the nodes of a run are drawn: groups that are open hold their own layers, crowds of the same kind are stacked. */
import { layered } from "./layered";
import type { Point } from "./layered";
import { isOpen } from "./run-graph";
import type { Node, Open } from "./run-graph";

export type Box = { node: Node; x: number; y: number; width: number; height: number; open: boolean };
export type Line = { from: string; to: string; points: Point[] };
export type Crowd = { key: string; x: number; y: number; width: number; height: number };
export type Picture = { boxes: Box[]; lines: Line[]; crowds: Crowd[]; width: number; height: number };

export const size = { width: 236, height: 46, head: 34, pad: 14, gap: 12 };
const loopHead = 66;
const crowd = 8;

export function picture(nodes: readonly Node[], open: Open): Picture {
  const inner = new Map<string, Picture>();
  for (const node of nodes) if (isOpen(node, open)) inner.set(node.path, picture(node.inside ?? [], open));
  const blocks = blocksOf(nodes, (node) => sizeOf(node, inner.get(node.path)));
  const blockOf = new Map(blocks.flatMap((block) => block.members.map((one) => [one.node.path, block.id] as const)));
  const edges = new Map<string, { from: string; to: string }>();
  for (const node of nodes) {
    for (const before of node.after) {
      const [from, to] = [blockOf.get(before), blockOf.get(node.path)];
      if (from && to && from !== to) edges.set(JSON.stringify([from, to]), { from, to });
    }
  }
  const drawn = layered(blocks, [...edges.values()]);
  const whole: Picture = { boxes: [], lines: drawn.routes, crowds: [], width: drawn.width, height: drawn.height };
  for (const block of blocks) {
    const [left, top] = drawn.places.get(block.id) ?? [0, 0];
    if (block.members.length > 1) whole.crowds.push({ key: block.id, x: left, y: top, width: block.width, height: block.height });
    for (const { node, x, y, width, height } of block.members) {
      const within = inner.get(node.path);
      whole.boxes.push({ node, x: left + x, y: top + y, width, height, open: within !== undefined });
      if (within) embed(whole, within, left + x + (width - within.width) / 2, top + y + headOf(node));
    }
  }
  return whole;
}

const headOf = (node: Node): number => (node.rounds ? loopHead : size.head) + 6;

function sizeOf(node: Node, within: Picture | undefined): { width: number; height: number } {
  if (!within) return { width: size.width, height: node.inside === null ? size.height : size.height + 12 };
  return { width: Math.max(size.width + 60, within.width + 2 * size.pad), height: within.height + headOf(node) + size.pad };
}

function embed(whole: Picture, part: Picture, left: number, top: number): void {
  for (const box of part.boxes) whole.boxes.push({ ...box, x: box.x + left, y: box.y + top });
  for (const one of part.crowds) whole.crowds.push({ ...one, x: one.x + left, y: one.y + top });
  for (const line of part.lines) whole.lines.push({ ...line, points: line.points.map(([x, y]) => [x + left, y + top] as const) });
}

type Member = { node: Node; x: number; y: number; width: number; height: number };
type Block = { id: string; width: number; height: number; members: Member[] };

/** More than a few closed nodes with the same before and after become one block, in rows. */
function blocksOf(nodes: readonly Node[], sizeOf: (node: Node) => { width: number; height: number }): Block[] {
  const after = new Map<string, string[]>();
  for (const node of nodes) for (const one of node.after) after.set(one, [...(after.get(one) ?? []), node.path]);
  const alike = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = node.inside === null ? JSON.stringify([node.after.toSorted(), after.get(node.path) ?? []]) : node.path;
    alike.set(key, [...(alike.get(key) ?? []), node]);
  }
  return [...alike.values()].flatMap((beside) => (beside.length > crowd ? [stacked(beside)] : beside.map((node) => alone(node, sizeOf(node)))));
}

function alone(node: Node, { width, height }: { width: number; height: number }): Block {
  return { id: node.path, width, height, members: [{ node, x: 0, y: 0, width, height }] };
}

function stacked(nodes: readonly Node[]): Block {
  const columns = Math.min(nodes.length, Math.max(4, Math.ceil(Math.sqrt(nodes.length / 3))));
  const rows = Math.ceil(nodes.length / columns);
  const members = nodes.map((node, at) => ({
    node,
    x: size.pad + (at % columns) * (size.width + size.gap),
    y: size.pad + Math.floor(at / columns) * (size.height + size.gap),
    width: size.width,
    height: size.height,
  }));
  return {
    id: nodes[0]?.path ?? "",
    width: columns * (size.width + size.gap) - size.gap + 2 * size.pad,
    height: rows * (size.height + size.gap) - size.gap + 2 * size.pad,
    members,
  };
}

/** A smooth way through points that come in pairs of an end and a beginning. */
export function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let [x, y] = first;
  let text = `M${round(x)} ${round(y)}`;
  for (const [nextX, nextY] of rest) {
    const middle = (y + nextY) / 2;
    text += nextX === x ? `V${round(nextY)}` : `C${round(x)} ${round(middle)} ${round(nextX)} ${round(middle)} ${round(nextX)} ${round(nextY)}`;
    [x, y] = [nextX, nextY];
  }
  return text;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The box next to one in a direction: the nearest whose middle is that way. */
export function neighbour(boxes: readonly Box[], from: Box, key: string): Box | null {
  const middle = (box: Box) => [box.x + box.width / 2, box.y + (box.open ? 16 : box.height / 2)] as const;
  const [x, y] = middle(from);
  let best: Box | null = null;
  let least = Infinity;
  for (const box of boxes) {
    if (box === from) continue;
    const [otherX, otherY] = middle(box);
    const [dx, dy] = [otherX - x, otherY - y];
    const ways: Record<string, Point> = { ArrowDown: [dy, dx], ArrowUp: [-dy, dx], ArrowRight: [dx, dy], ArrowLeft: [-dx, dy] };
    const [along, across] = ways[key] ?? [0, 0];
    if (along <= 1) continue;
    const far = along + 2.5 * Math.abs(across);
    if (far < least) [best, least] = [box, far];
  }
  return best;
}
