import type { Run } from "@/api/schema";
import { ink, small } from "@/components/chart/canvas";
import type { Ink, Spot } from "@/components/chart/canvas";
import { drawFrame } from "@/components/chart/frame";
import type { Axis, Frame } from "@/components/chart/frame";
import { binsOf } from "@/lib/bins";
import type { Bins } from "@/lib/bins";
import { ramp } from "@/lib/colors";
import { title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { number } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { numberOf, scaleOf } from "@/lib/scale";
import type { Scale } from "@/lib/scale";
import { summaryOf } from "@/lib/summary";

export type Cell = { x: number; y: number; runs: Run[]; mean: number; deviation: number | null };
export type Heat = { across: Axis; up: Axis; cells: readonly Cell[]; scale: Scale; left: number };

/** Runs by the bins of two columns, with the mean of a metric for each place that has some. */
export function heatOf(runs: readonly Run[], across: Column, up: Column, metric: Column, format: (value: number) => string): Heat {
  const some = runs.filter((run) => Number.isFinite(numberOf(valueOf(run, metric))));
  const bins = { x: binsOf(some.map((run) => valueOf(run, across))), y: binsOf(some.map((run) => valueOf(run, up))) };
  const byPlace = new Map<string, Cell>();
  for (const run of some) {
    const [x, y] = [bins.x.indexOf(valueOf(run, across)), bins.y.indexOf(valueOf(run, up))];
    if (x === null || y === null) continue;
    const cell = byPlace.get(`${x}/${y}`) ?? { x, y, runs: [], mean: 0, deviation: null };
    cell.runs.push(run);
    byPlace.set(`${x}/${y}`, cell);
  }
  const cells = [...byPlace.values()];
  for (const cell of cells) {
    const found = summaryOf(cell.runs.map((run) => numberOf(valueOf(run, metric))));
    if (found) [cell.mean, cell.deviation] = [found.mean, found.deviation];
  }
  const placed = cells.reduce((sum, cell) => sum + cell.runs.length, 0);
  return {
    across: axisOf(bins.x, across),
    up: axisOf(bins.y, up),
    cells,
    scale: scaleOf(cells.map((cell) => cell.mean), { format }),
    left: runs.length - placed,
  };
}

function axisOf(bins: Bins, column: Column): Axis {
  const count = Math.max(1, bins.labels.length);
  const ticks = bins.labels.map((label, at) => ({ place: (at + 0.5) / count, label }));
  return { scale: { kind: "words", place: () => null, ticks, words: bins.labels }, title: title(column) };
}

function boxOf(heat: Heat, frame: Frame, x: number, y: number) {
  const [columns, rows] = [Math.max(1, heat.across.scale.ticks.length), Math.max(1, heat.up.scale.ticks.length)];
  const [width, height] = [frame.width / columns, frame.height / rows];
  return { left: frame.left + x * width, top: frame.top + frame.height - (y + 1) * height, width, height };
}

export function cellAt(heat: Heat, frame: Frame, spot: Spot): Cell | null {
  return (
    heat.cells.find((cell) => {
      const box = boxOf(heat, frame, cell.x, cell.y);
      return spot.x >= box.left && spot.x < box.left + box.width && spot.y >= box.top && spot.y < box.top + box.height;
    }) ?? null
  );
}

type Marked = { selected: ReadonlySet<string>; pointed: string | null; under: Cell | null };

export function drawHeat(context: CanvasRenderingContext2D, frame: Frame, heat: Heat, { selected, pointed, under }: Marked): void {
  const colors = ink();
  drawFrame(context, frame, colors, heat.across, heat.up);
  const some = heat.cells.some((cell) => cell.runs.some((run) => selected.has(run.id)));
  for (const cell of heat.cells) {
    const isSelected = cell.runs.some((run) => selected.has(run.id));
    context.globalAlpha = some && !isSelected ? 0.35 : 1;
    drawCell(context, heat, frame, cell);
    context.globalAlpha = 1;
    const ring = isSelected ? colors.accent : cell === under || cell.runs.some((run) => run.id === pointed) ? colors.text : null;
    if (ring) outline(context, heat, frame, cell, ring, colors);
  }
}

function drawCell(context: CanvasRenderingContext2D, heat: Heat, frame: Frame, cell: Cell): void {
  const box = boxOf(heat, frame, cell.x, cell.y);
  const share = heat.scale.place(cell.mean) ?? 0;
  context.fillStyle = ramp(share);
  context.fillRect(box.left + 1, box.top + 1, box.width - 2, box.height - 2);
  if (box.width < 54 || box.height < 18) return;
  context.fillStyle = share > 0.55 ? "#12161c" : "#ffffff";
  context.font = small;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const middle = box.top + box.height / 2;
  const many = cell.runs.length > 1 && box.height > 36;
  context.fillText(number(cell.mean), box.left + box.width / 2, many ? middle - 7 : middle);
  if (many) context.fillText(`${cell.runs.length} runs`, box.left + box.width / 2, middle + 8);
  context.textBaseline = "alphabetic";
}

function outline(context: CanvasRenderingContext2D, heat: Heat, frame: Frame, cell: Cell, color: string, colors: Ink): void {
  const box = boxOf(heat, frame, cell.x, cell.y);
  context.strokeStyle = colors.surface;
  context.lineWidth = 5;
  context.strokeRect(box.left + 3, box.top + 3, box.width - 6, box.height - 6);
  context.strokeStyle = color;
  context.lineWidth = 3;
  context.strokeRect(box.left + 2.5, box.top + 2.5, box.width - 5, box.height - 5);
}
