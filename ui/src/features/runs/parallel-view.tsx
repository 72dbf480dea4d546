import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { PointerEvent } from "react";
import type { Run } from "@/api/schema";
import { Button } from "@/components/button";
import { EmptyState } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { ramp } from "@/lib/colors";
import { quoted, replacing, written } from "@/lib/filter";
import { number, plural, tick } from "@/lib/format";
import { axesOf, placeOn, within } from "@/lib/parallel";
import type { Brush, ParallelAxis } from "@/lib/parallel";
import { valueOf } from "@/lib/run-data";
import css from "./parallel-view.module.css";
import type { View } from "./use-view";

type Given = { view: View; runs: readonly Run[]; selected: ReadonlySet<string>; apply: (filter: string) => void };
type Size = { width: number; height: number };
const mostAxes = 12;
const edge = { top: 46, bottom: 26, side: 76 };

/** Runs as lines across what was chosen and what came of it. A brush on a metric becomes a condition of the filter. */
export default function ParallelView({ view, runs, selected, apply }: Given) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useIsDark();
  const size = useSize(box);
  const [brushes, setBrushes] = useState<ReadonlyMap<string, Brush>>(new Map());
  const [pointed, setPointed] = useState<number | null>(null);
  const drag = useRef<{ axis: ParallelAxis; from: number } | null>(null);
  const columns = useMemo(() => [...view.columns.filter((one) => one.kind === "p"), ...view.columns.filter((one) => one.kind === "m")], [view.columns]);
  const axes = useMemo(() => axesOf(runs, columns).slice(0, mostAxes), [runs, columns]);
  const lines = useMemo(() => runs.map((run) => axes.map((axis) => placeOn(axis, run))), [runs, axes]);
  const colored = axes.find((axis) => axis.column.kind === "m") ?? axes.at(-1);
  const inside = useMemo(() => lines.map((places) => within(axes, places, brushes)), [axes, lines, brushes]);
  useLayoutEffect(() => {
    if (canvas.current && size) draw(canvas.current, size, { runs, axes, lines, inside, brushes, selected, pointed, colored, dark });
  }, [size, runs, axes, lines, inside, brushes, selected, pointed, colored, dark]);
  if (axes.length < 2) return <EmptyState title="Nothing to lay side by side">These runs differ in fewer than two of the chosen columns.</EmptyState>;

  const at = (event: PointerEvent) => {
    const rectangle = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - rectangle.left, y: event.clientY - rectangle.top };
  };
  const share = (y: number) => (size ? 1 - (y - edge.top) / (size.height - edge.top - edge.bottom) : 0);
  const axisAt = (x: number) => axes.findIndex((_, place) => size && Math.abs(xOf(place, axes.length, size) - x) < 14);
  const put = (axis: ParallelAxis, a: number, b: number) =>
    setBrushes((before) => new Map(before).set(axis.id, { low: Math.max(0, Math.min(a, b)), high: Math.min(1, Math.max(a, b)) }));
  const down = (event: PointerEvent) => {
    const { x, y } = at(event);
    const axis = axes[axisAt(x)];
    if (!axis) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { axis, from: share(y) };
  };
  const moved = (event: PointerEvent) => {
    const { x, y } = at(event);
    if (drag.current) put(drag.current.axis, drag.current.from, share(y));
    else if (size) setPointed(nearest(lines, inside, x, y, axes.length, size));
  };
  const up = (event: PointerEvent) => {
    const begun = drag.current;
    drag.current = null;
    if (!begun) return;
    const here = share(at(event).y);
    if (Math.abs(here - begun.from) < 0.015) {
      setBrushes((before) => new Map([...before].filter(([id]) => id !== begun.axis.id)));
      return;
    }
    const condition = conditionOf(begun.axis, Math.max(0, Math.min(begun.from, here)), Math.min(1, Math.max(begun.from, here)));
    if (condition) {
      setBrushes(new Map());
      apply(replacing(view.filter, condition.key, condition.wanted));
    }
  };
  const run = pointed === null ? undefined : runs[pointed];
  return (
    <div className={css.view}>
      <div className="row wrap" style={{ minHeight: 26 }}>
        <span className="muted">
          {brushes.size > 0 ? `${inside.filter(Boolean).length} of ${plural(runs.length, "run")} inside` : `${plural(runs.length, "run")}; drag along an axis to narrow down`}
        </span>
        {brushes.size > 0 && (
          <Button small onClick={() => setBrushes(new Map())}>
            No brushes
          </Button>
        )}
        {run && (
          <span>
            <strong>{run.name}</strong> {colored && `${colored.column.key} ${number(valueOf(run, colored.column))}`}
          </span>
        )}
        {colored && (
          <span className="row tight end muted small">
            {colored.column.key} {label(colored, 0)} <span className={css.legend} aria-hidden /> {label(colored, 1)}
          </span>
        )}
      </div>
      <div className={css.box} ref={box}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${plural(runs.length, "run")} across ${axes.map((axis) => axis.column.key).join(", ")}`}
          onPointerDown={down}
          onPointerMove={moved}
          onPointerUp={up}
          onPointerLeave={() => setPointed(null)}
        />
      </div>
    </div>
  );
}

/** A brush in the filter's words: a range of a metric, or the one word that it covers. */
function conditionOf(axis: ParallelAxis, low: number, high: number): { key: string; wanted: string[] } | null {
  const value = (share: number) => axis.low + share * (axis.high - axis.low);
  if (axis.column.kind === "m") {
    const key = written("metrics", axis.column.key);
    const bounds = [low > 0 ? `${key} >= ${Number(value(low).toPrecision(5))}` : "", high < 1 ? `${key} <= ${Number(value(high).toPrecision(5))}` : ""];
    return { key, wanted: bounds.filter(Boolean) };
  }
  const covered = axis.words?.filter((_, at) => at >= value(low) && at <= value(high)) ?? [];
  const key = written("params", axis.column.key);
  return covered.length === 1 && covered[0] !== undefined ? { key, wanted: [`${key} = ${quoted(covered[0])}`] } : null;
}

function useSize(box: React.RefObject<HTMLElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    const watcher = new ResizeObserver(() => setSize({ width: host.clientWidth, height: host.clientHeight }));
    watcher.observe(host);
    return () => watcher.disconnect();
  }, [box]);
  return size;
}

function xOf(at: number, count: number, size: Size): number {
  return edge.side + (at * (size.width - 2 * edge.side)) / Math.max(1, count - 1);
}

function yOf(place: number, size: Size): number {
  return edge.top + (1 - place) * (size.height - edge.top - edge.bottom);
}

function label(axis: ParallelAxis, share: number): string {
  if (axis.words) return axis.words[Math.round(share * (axis.words.length - 1))] ?? "";
  return tick(Number((axis.low + share * (axis.high - axis.low)).toPrecision(4)));
}

type Scene = {
  runs: readonly Run[];
  axes: readonly ParallelAxis[];
  lines: ReadonlyArray<ReadonlyArray<number | null>>;
  inside: readonly boolean[];
  brushes: ReadonlyMap<string, Brush>;
  selected: ReadonlySet<string>;
  pointed: number | null;
  colored: ParallelAxis | undefined;
  dark: boolean;
};

function draw(canvas: HTMLCanvasElement, size: Size, scene: Scene): void {
  const scale = devicePixelRatio;
  canvas.width = size.width * scale;
  canvas.height = size.height * scale;
  canvas.style.width = `${size.width}px`;
  canvas.style.height = `${size.height}px`;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  const { axes, lines, inside, pointed, selected, runs } = scene;
  const by = axes.findIndex((axis) => axis === scene.colored);
  const stroke = (at: number, color: string, width: number, alpha: number) => {
    context.globalAlpha = alpha;
    context.strokeStyle = color;
    context.lineWidth = width;
    trace(context, lines[at] ?? [], axes.length, size);
  };
  const faint = scene.dark ? "#3a4554" : "#c9d0d9";
  const alpha = runs.length > 300 ? 0.35 : 0.75;
  for (let at = 0; at < lines.length; at += 1) if (!inside[at]) stroke(at, faint, 1, 0.3);
  for (let at = 0; at < lines.length; at += 1) if (inside[at]) stroke(at, ramp(lines[at]?.[by] ?? 0), 1.2, alpha);
  runs.forEach((run, at) => selected.has(run.id) && stroke(at, getVariable("--accent"), 2.5, 1));
  if (pointed !== null) stroke(pointed, getVariable("--text"), 2.5, 1);
  context.globalAlpha = 1;
  axes.forEach((axis, at) => drawAxis(context, axis, xOf(at, axes.length, size), size, scene.brushes.get(axis.id)));
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

function drawAxis(context: CanvasRenderingContext2D, axis: ParallelAxis, x: number, size: Size, brush: Brush | undefined): void {
  const text = getVariable("--text");
  context.strokeStyle = getVariable("--control");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, edge.top);
  context.lineTo(x, size.height - edge.bottom);
  context.stroke();
  context.fillStyle = text;
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText(cut(axis.column.key, 20), x, 18);
  context.font = "11px system-ui, sans-serif";
  const words = axis.words ?? [0, 0.5, 1].map((share) => label(axis, share));
  words.forEach((word, at) => {
    const place = words.length > 1 ? at / (words.length - 1) : 0;
    const y = yOf(place, size);
    const shown = cut(word, 16);
    const width = context.measureText(shown).width;
    context.fillStyle = getVariable("--surface");
    context.globalAlpha = 0.8;
    context.fillRect(x + 5, y - 7, width + 4, 14);
    context.globalAlpha = 1;
    context.fillStyle = getVariable("--muted");
    context.textAlign = "left";
    context.fillText(shown, x + 7, y + 4);
  });
  if (!brush) return;
  context.fillStyle = getVariable("--accent");
  context.globalAlpha = 0.25;
  context.fillRect(x - 7, yOf(brush.high, size), 14, yOf(brush.low, size) - yOf(brush.high, size));
  context.globalAlpha = 1;
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const getVariable = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The line under the pointer, between the two axes that it is between. */
function nearest(lines: Scene["lines"], inside: readonly boolean[], x: number, y: number, count: number, size: Size): number | null {
  const step = (size.width - 2 * edge.side) / Math.max(1, count - 1);
  const left = Math.min(count - 2, Math.max(0, Math.floor((x - edge.side) / step)));
  const share = (x - xOf(left, count, size)) / step;
  let best: number | null = null;
  let least = 9;
  lines.forEach((places, at) => {
    const a = places[left];
    const b = places[left + 1];
    if (!inside[at] || a === null || a === undefined || b === null || b === undefined) return;
    const away = Math.abs(yOf(a + (b - a) * share, size) - y);
    if (away < least) {
      least = away;
      best = at;
    }
  });
  return best;
}
