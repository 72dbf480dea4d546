import { useCallback, useState } from "react";
import type { PointerEvent, ReactNode } from "react";
import { Canvas, ink } from "./canvas";
import type { Gesture, Ink, Size, Spot } from "./canvas";
import css from "./canvas.module.css";
import { drawFrame, frameOf, spotOf } from "./frame";
import type { Axis, Frame } from "./frame";
import { point, usePointed } from "./pointed";

/** A run in a drawing: places from 0 to 1, left to right and bottom to top. */
export type Dot = { id: string; x: number; y: number; color: string };
type Given = {
  label: string;
  dots: readonly Dot[];
  across: Axis;
  up: Axis;
  selected: ReadonlySet<string>;
  /** With `add`, besides those that are selected. */
  choose: (ids: readonly string[], add: boolean) => void;
  toggle: (id: string) => void;
  base?: string;
  tip: ReactNode;
  /** What is drawn below the points. */
  below?: (context: CanvasRenderingContext2D, frame: Frame, colors: Ink) => void;
  dark: boolean;
};

const near = 12;

/** Runs as points: a click selects one, a drag all inside; the one that is pointed at stands out in every view. */
export function Dots({ label, dots, across, up, selected, choose, toggle, base, tip, below, dark }: Given) {
  const pointed = usePointed();
  const [brush, setBrush] = useState<{ from: Spot; to: Spot } | null>(null);
  const [under, setUnder] = useState<{ spot: Spot; size: Size } | null>(null);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, size: Size) => {
      const colors = ink();
      const frame = frameOf(size, up);
      drawFrame(context, frame, colors, across, up);
      below?.(context, frame, colors);
      drawDots(context, frame, colors, { dots, selected, base });
    },
    // Colours are read from the page, which is why the theme counts.
    // oxlint-disable-next-line react/exhaustive-deps
    [dots, across, up, selected, base, below, dark],
  );
  const mark = useCallback(
    (context: CanvasRenderingContext2D, size: Size) => {
      const dot = dots.find((one) => one.id === pointed);
      if (dot) drawDot(context, frameOf(size, up), dot, { size: radiusOf(dots) + 2, alpha: 1, ring: ink().text, isBase: dot.id === base });
    },
    // oxlint-disable-next-line react/exhaustive-deps
    [dots, up, pointed, base, dark],
  );
  const gesture = (what: Gesture, spot: Spot, size: Size, event: PointerEvent) => {
    const frame = frameOf(size, up);
    if (what === "leave") {
      setBrush(null);
      setUnder(null);
      point(null);
    } else if (what === "down") setBrush({ from: spot, to: spot });
    else if (what === "move") {
      if (brush) setBrush({ ...brush, to: spot });
      const found = brush && far(brush.from, spot) ? null : nearest(dots, frame, spot);
      setUnder(found && { spot: spotOf(found.x, found.y, frame), size });
      point(found?.id ?? null);
    } else {
      setBrush(null);
      if (brush && far(brush.from, spot)) choose(inside(dots, frame, brush.from, spot), event.shiftKey);
      else {
        const found = nearest(dots, frame, spot);
        if (found) toggle(found.id);
      }
    }
  };
  const there = under && pointed !== null && dots.some((one) => one.id === pointed);
  return (
    <Canvas label={label} paint={paint} mark={mark} gesture={gesture}>
      {brush && far(brush.from, brush.to) && <div className={css.brush} style={boxOf(brush.from, brush.to)} />}
      {there && (
        <div className={css.tip} style={besides(under.spot, under.size)}>
          {tip}
        </div>
      )}
    </Canvas>
  );
}

const far = (a: Spot, b: Spot) => Math.abs(a.x - b.x) > 4 || Math.abs(a.y - b.y) > 4;

function boxOf(a: Spot, b: Spot) {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

/** A tip stands on the side where there is room. */
export function besides(spot: Spot, size: Size): React.CSSProperties {
  const across = spot.x > size.width / 2 ? { right: size.width - spot.x + 12 } : { left: spot.x + 12 };
  const down = spot.y > size.height / 2 ? { bottom: size.height - spot.y + 8 } : { top: spot.y + 8 };
  return { ...across, ...down };
}

function nearest(dots: readonly Dot[], frame: Frame, spot: Spot): Dot | null {
  let best: Dot | null = null;
  let least = near ** 2;
  for (const dot of dots) {
    const { x, y } = spotOf(dot.x, dot.y, frame);
    const away = (x - spot.x) ** 2 + (y - spot.y) ** 2;
    if (away <= least) {
      least = away;
      best = dot;
    }
  }
  return best;
}

function inside(dots: readonly Dot[], frame: Frame, a: Spot, b: Spot): string[] {
  const box = boxOf(a, b);
  return dots
    .filter((dot) => {
      const { x, y } = spotOf(dot.x, dot.y, frame);
      return x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height;
    })
    .map((dot) => dot.id);
}

type Marked = { dots: readonly Dot[]; selected: ReadonlySet<string>; base: string | undefined };
const radiusOf = (dots: readonly Dot[]) => (dots.length > 400 ? 3.5 : 4.5);

function drawDots(context: CanvasRenderingContext2D, frame: Frame, colors: Ink, { dots, selected, base }: Marked): void {
  const some = dots.some((dot) => selected.has(dot.id));
  const size = radiusOf(dots);
  for (const dot of dots) if (!selected.has(dot.id)) drawDot(context, frame, dot, { size, alpha: some ? 0.3 : 0.85, ring: colors.surface, isBase: dot.id === base });
  for (const dot of dots) if (selected.has(dot.id)) drawDot(context, frame, dot, { size: size + 0.5, alpha: 1, ring: colors.accent, isBase: dot.id === base });
}

type Look = { size: number; alpha: number; ring: string; isBase: boolean };

/** The baseline's is a diamond. */
function drawDot(context: CanvasRenderingContext2D, frame: Frame, dot: Dot, { size, alpha, ring, isBase }: Look): void {
  const { x, y } = spotOf(dot.x, dot.y, frame);
  context.globalAlpha = alpha;
  context.fillStyle = dot.color;
  context.beginPath();
  if (isBase) diamond(context, x, y, size * 1.5);
  else context.arc(x, y, size, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = ring;
  context.lineWidth = alpha < 1 ? 1 : 2;
  context.stroke();
  context.globalAlpha = 1;
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
}
