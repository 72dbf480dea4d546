import { line } from "@/components/chart/frame";
import type { Frame } from "@/components/chart/frame";
import { xAt, yAt } from "@/components/chart/frame";
import type { Ink } from "@/components/chart/canvas";
import type { Scale } from "@/lib/scale";
import type { Summary } from "@/lib/summary";

type Slot = { left: number; right: number };
const widest = 90;
/** Of fewer runs a box says more than is known. */
const fewest = 4;

function sides(frame: Frame, slot: Slot): { x: number; half: number } {
  const [left, right] = [xAt(slot.left, frame), xAt(slot.right, frame)];
  return { x: (left + right) / 2, half: Math.min(widest, (right - left) * 0.62) / 2 };
}

/** Lowest, lower quarter, median, upper quarter, highest; of few runs the median alone. */
export function drawBox(context: CanvasRenderingContext2D, frame: Frame, colors: Ink, slot: Slot, summary: Summary, scale: Scale): void {
  const { x, half } = sides(frame, slot);
  const y = (value: number) => yAt(scale.place(value) ?? 0, frame);
  context.lineWidth = 1;
  context.strokeStyle = colors.muted;
  if (summary.count >= fewest) {
    const [low, high] = [y(summary.low), y(summary.high)];
    context.fillStyle = colors.soft;
    context.fillRect(x - half, high, 2 * half, low - high);
    context.strokeRect(x - half, high, 2 * half, low - high);
    line(context, x, low, x, y(summary.least));
    line(context, x, high, x, y(summary.most));
    for (const end of [summary.least, summary.most]) line(context, x - half / 3, y(end), x + half / 3, y(end));
  }
  context.lineWidth = 2;
  context.strokeStyle = colors.text;
  line(context, x - half, y(summary.median), x + half, y(summary.median));
}

/** The mean from zero on, and a deviation to either side. */
export function drawBar(context: CanvasRenderingContext2D, frame: Frame, colors: Ink, slot: Slot, summary: Summary, scale: Scale): void {
  const { x, half } = sides(frame, slot);
  const y = (value: number) => yAt(Math.min(1, Math.max(0, scale.place(value) ?? 0)), frame);
  const [zero, mean] = [y(0), y(summary.mean)];
  context.globalAlpha = 0.22;
  context.fillStyle = colors.accent;
  context.fillRect(x - half, Math.min(zero, mean), 2 * half, Math.abs(zero - mean));
  context.globalAlpha = 1;
  context.strokeStyle = colors.text;
  context.lineWidth = 2;
  line(context, x - half, mean, x + half, mean);
  if (summary.deviation === null) return;
  context.lineWidth = 1;
  const [low, high] = [y(summary.mean - summary.deviation), y(summary.mean + summary.deviation)];
  line(context, x, low, x, high);
  for (const end of [low, high]) line(context, x - half / 3, end, x + half / 3, end);
}
