import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { PointerEvent, ReactNode } from "react";
import css from "./canvas.module.css";

export type Size = { width: number; height: number };
export type Spot = { x: number; y: number };
export type Gesture = "down" | "move" | "up" | "leave";
export type Paint = (context: CanvasRenderingContext2D, size: Size) => void;
/** Much is drawn in parts, one a frame, so that the page answers in between. */
export type PaintParts = (context: CanvasRenderingContext2D, size: Size) => Iterator<void>;
type Given = {
  label: string;
  paint: Paint | PaintParts;
  /** What is drawn over it and changes with the pointer: the rest is not drawn anew for it. */
  mark?: Paint;
  gesture: (what: Gesture, spot: Spot, size: Size, event: PointerEvent) => void;
  children?: ReactNode;
};

/** A drawing as large as its place, sharp on every screen. What lies over it, such as a tip, are its children. */
export function Canvas({ label, paint, mark, gesture, children }: Given) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  useLayoutEffect(() => {
    const context = above.current && size ? scaled(above.current, size) : null;
    if (context && size) mark?.(context, size);
  }, [mark, size]);
  useLayoutEffect(() => {
    const context = canvas.current && size ? scaled(canvas.current, size) : null;
    const parts = context && size ? paint(context, size) : undefined;
    return parts ? inFrames(parts) : undefined;
  }, [paint, size]);
  const tell = (what: Gesture) => (event: PointerEvent) => {
    if (!size) return;
    const place = event.currentTarget.getBoundingClientRect();
    if (what === "down") event.currentTarget.setPointerCapture(event.pointerId);
    gesture(what, { x: event.clientX - place.left, y: event.clientY - place.top }, size, event);
  };
  return (
    <div className={css.box} ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerDown={tell("down")}
        onPointerMove={tell("move")}
        onPointerUp={tell("up")}
        onPointerLeave={tell("leave")}
        onPointerCancel={tell("leave")}
      />
      {mark && <canvas ref={above} className={css.above} aria-hidden />}
      {children}
    </div>
  );
}

function inFrames(parts: Iterator<void>): () => void {
  let waiting = 0;
  const next = () => {
    if (!parts.next().done) waiting = requestAnimationFrame(next);
  };
  next();
  return () => cancelAnimationFrame(waiting);
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

function scaled(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D | null {
  const scale = devicePixelRatio;
  canvas.width = size.width * scale;
  canvas.height = size.height * scale;
  canvas.style.width = `${size.width}px`;
  canvas.style.height = `${size.height}px`;
  const context = canvas.getContext("2d");
  context?.scale(scale, scale);
  return context;
}

export type Ink = { text: string; muted: string; accent: string; soft: string; grid: string; control: string; surface: string };

/** The colours of the theme, read once for a drawing. */
export function ink(): Ink {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--text"),
    muted: of("--muted"),
    accent: of("--accent"),
    soft: of("--accent-soft"),
    grid: of("--plot-grid"),
    control: of("--control"),
    surface: of("--surface"),
  };
}

export const small = "11px system-ui, sans-serif";
export const strong = "600 12px system-ui, sans-serif";
export const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text);
