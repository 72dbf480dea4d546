import type { Run } from "@/api/schema";
import { cut, ink, small, strong } from "@/components/chart/canvas";
import type { Ink, Size, Spot } from "@/components/chart/canvas";
import { colorOf, ramp } from "@/lib/colors";
import { tick } from "@/lib/format";
import type { Brush, ParallelAxis } from "@/lib/parallel";

export const edge = { top: 46, bottom: 26, side: 76 };
const reach = 9;
/** So many lines in a frame: a few milliseconds. */
const part = 500;

export type Scene = {
  runs: readonly Run[];
  axes: readonly ParallelAxis[];
  lines: ReadonlyArray<ReadonlyArray<number | null>>;
  inside: readonly boolean[];
  brushes: ReadonlyMap<string, Brush>;
  selected: ReadonlySet<string>;
  base: string | undefined;
  colored: ParallelAxis | undefined;
  dark: boolean;
};

export function xOf(at: number, count: number, size: Size): number {
  return edge.side + (at * (size.width - 2 * edge.side)) / Math.max(1, count - 1);
}

function yOf(place: number, size: Size): number {
  return edge.top + (1 - place) * (size.height - edge.top - edge.bottom);
}

export function label(axis: ParallelAxis, share: number): string {
  if (axis.words) return axis.words[Math.round(share * (axis.words.length - 1))] ?? "";
  return tick(Number((axis.low + share * (axis.high - axis.low)).toPrecision(4)));
}

/** Lines in parts, of many; what the others are measured by comes first then, and last in any case. */
export function* draw(context: CanvasRenderingContext2D, size: Size, scene: Scene): Generator<void> {
  const colors = ink();
  const { axes, lines, inside, selected, runs, base } = scene;
  const by = axes.findIndex((axis) => axis === scene.colored);
  const stroke = (at: number, color: string, width: number, alpha: number, dash: number[] = []) => {
    context.globalAlpha = alpha;
    context.strokeStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash);
    trace(context, lines[at] ?? [], axes.length, size);
  };
  const some = runs.some((run) => selected.has(run.id));
  const alpha = some ? 0.25 : runs.length > 300 ? 0.35 : 0.75;
  const drawAxes = () => {
    context.globalAlpha = 1;
    context.setLineDash([]);
    axes.forEach((axis, at) => drawAxis(context, axis, xOf(at, axes.length, size), size, scene.brushes.get(axis.id), colors));
  };
  if (lines.length > part) drawAxes();
  let drawn = 0;
  for (const isInside of [false, true]) {
    for (let at = 0; at < lines.length; at += 1) {
      if (inside[at] !== isInside) continue;
      if (isInside) stroke(at, ramp(lines[at]?.[by] ?? 0), 1.2, alpha);
      else stroke(at, colors.control, 1, 0.2);
      drawn += 1;
      if (drawn % part === 0) yield;
    }
  }
  runs.forEach((run, at) => selected.has(run.id) && stroke(at, colorOf(run, scene.dark), 2.5, 1));
  runs.forEach((run, at) => run.id === base && stroke(at, colors.text, 2, 1, [6, 4]));
  drawAxes();
}

/** The line of the run that is pointed at. */
export function drawPointed(context: CanvasRenderingContext2D, size: Size, { runs, lines, axes }: Pick<Scene, "runs" | "lines" | "axes">, pointed: string | null): void {
  const at = runs.findIndex((run) => run.id === pointed);
  if (at < 0) return;
  context.strokeStyle = ink().text;
  context.lineWidth = 2.5;
  trace(context, lines[at] ?? [], axes.length, size);
}

function trace(context: CanvasRenderingContext2D, places: ReadonlyArray<number | null>, count: number, size: Size): void {
  context.beginPath();
  let drawing = false;
  places.forEach((place, at) => {
    if (place === null) {
      drawing = false;
      return;
    }
    const x = xOf(at, count, size);
    const y = yOf(place, size);
    if (drawing) context.lineTo(x, y);
    else context.moveTo(x, y);
    drawing = true;
  });
  context.stroke();
}

function drawAxis(context: CanvasRenderingContext2D, axis: ParallelAxis, x: number, size: Size, brush: Brush | undefined, colors: Ink): void {
  context.strokeStyle = colors.control;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, edge.top);
  context.lineTo(x, size.height - edge.bottom);
  context.stroke();
  context.fillStyle = colors.text;
  context.font = strong;
  context.textAlign = "center";
  context.fillText(cut(axis.column.key, 20), x, 18);
  context.font = small;
  const words = axis.words ?? [0, 0.5, 1].map((share) => label(axis, share));
  words.forEach((word, at) => {
    const y = yOf(words.length > 1 ? at / (words.length - 1) : 0, size);
    const shown = cut(word, 16);
    const width = context.measureText(shown).width;
    context.fillStyle = colors.surface;
    context.globalAlpha = 0.8;
    context.fillRect(x + 5, y - 7, width + 4, 14);
    context.globalAlpha = 1;
    context.fillStyle = colors.muted;
    context.textAlign = "left";
    context.fillText(shown, x + 7, y + 4);
  });
  if (!brush) return;
  context.fillStyle = colors.accent;
  context.globalAlpha = 0.25;
  context.fillRect(x - 7, yOf(brush.high, size), 14, yOf(brush.low, size) - yOf(brush.high, size));
  context.globalAlpha = 1;
}

/** The line under the pointer, between the two axes that it is between. */
export function nearest({ runs, lines, inside, axes }: Pick<Scene, "runs" | "lines" | "inside" | "axes">, spot: Spot, size: Size): Run | null {
  const step = (size.width - 2 * edge.side) / Math.max(1, axes.length - 1);
  const left = Math.min(axes.length - 2, Math.max(0, Math.floor((spot.x - edge.side) / step)));
  const share = (spot.x - xOf(left, axes.length, size)) / step;
  let best: Run | null = null;
  let least = reach;
  lines.forEach((places, at) => {
    const a = places[left];
    const b = places[left + 1];
    if (!inside[at] || a === null || a === undefined || b === null || b === undefined) return;
    const away = Math.abs(yOf(a + (b - a) * share, size) - spot.y);
    if (away < least) {
      least = away;
      best = runs[at] ?? null;
    }
  });
  return best;
}
