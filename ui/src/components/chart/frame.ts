import type { Scale } from "@/lib/scale";
import { cut, small, strong } from "./canvas";
import type { Ink, Size, Spot } from "./canvas";

/** Where in a drawing the points are, between its axes. */
export type Frame = { left: number; top: number; width: number; height: number };
export type Axis = { scale: Scale; title: string };

const letter = 6.2;

/** The left edge has room for the longest word there; it depends on nothing that comes in while one looks. */
export function frameOf(size: Size, up: Axis): Frame {
  const longest = up.scale.ticks.reduce((most, one) => Math.max(most, one.label.length), 0);
  const left = Math.round(Math.min(size.width * 0.35, Math.max(44, longest * letter + 18)));
  return { left, top: 30, width: Math.max(1, size.width - left - 20), height: Math.max(1, size.height - 30 - 48) };
}

export const xAt = (place: number, frame: Frame) => frame.left + place * frame.width;
export const yAt = (place: number, frame: Frame) => frame.top + (1 - place) * frame.height;
export const spotOf = (x: number, y: number, frame: Frame): Spot => ({ x: xAt(x, frame), y: yAt(y, frame) });

export function drawFrame(context: CanvasRenderingContext2D, frame: Frame, colors: Ink, across: Axis, up: Axis): void {
  context.lineWidth = 1;
  context.strokeStyle = colors.grid;
  context.fillStyle = colors.muted;
  context.font = small;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const room = frame.height / Math.max(1, up.scale.ticks.length);
  const skip = Math.max(1, Math.ceil(13 / room));
  up.scale.ticks.forEach((one, at) => {
    const y = Math.round(yAt(one.place, frame)) + 0.5;
    line(context, frame.left, y, frame.left + frame.width, y);
    if (at % skip === 0) context.fillText(cut(one.label, Math.floor((frame.left - 14) / letter)), frame.left - 8, y);
  });
  drawAcross(context, frame, across);
  context.textBaseline = "alphabetic";
  context.fillStyle = colors.text;
  context.font = strong;
  context.textAlign = "left";
  context.fillText(cut(up.title, 60), 10, 18);
  context.textAlign = "right";
  context.fillText(cut(across.title, 60), frame.left + frame.width, frame.top + frame.height + 40);
}

function drawAcross(context: CanvasRenderingContext2D, frame: Frame, across: Axis): void {
  const { ticks, words } = across.scale;
  const room = frame.width / Math.max(1, ticks.length);
  const longest = ticks.reduce((most, one) => Math.max(most, one.label.length), 1);
  const wanted = Math.min(longest, words ? 14 : 20) * letter + 8;
  const skip = Math.max(1, Math.ceil(Math.min(wanted, 90) / room));
  ticks.forEach((one, at) => {
    const x = Math.round(xAt(one.place, frame)) + 0.5;
    if (!words) line(context, x, frame.top, x, frame.top + frame.height);
    if (at % skip !== 0) return;
    // The outermost stay inside.
    context.textAlign = one.place > 0.97 ? "right" : "center";
    context.fillText(cut(one.label, Math.max(3, Math.floor((room * skip - 6) / letter))), context.textAlign === "right" ? x + 10 : x, frame.top + frame.height + 14);
  });
}

export function line(context: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
