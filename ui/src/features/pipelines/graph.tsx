import { Maximize, Minus, Plus } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent, RefObject } from "react";
import { Button } from "@/components/button";
import { curve, neighbour, picture } from "@/lib/pipelines/picture";
import type { Box, Picture } from "@/lib/pipelines/picture";
import type { Node, Open } from "@/lib/pipelines/run-graph";
import { plural } from "@/lib/format";
import css from "./graph.module.css";
import { Group, Step } from "./node";

const margin = 28;
const most = 160;
const beyond = 100;

type Given = {
  nodes: readonly Node[];
  open: Open;
  setOpen: (open: Open) => void;
  chosen: string;
  choose: (node: Node) => void;
  now: number;
  label: string;
};

/** Tasks from top to bottom, what waits for another below it; groups open in place. Arrow keys walk along. */
export function Graph({ nodes, open, setOpen, chosen, choose, now, label }: Given) {
  const frame = useRef<HTMLDivElement>(null);
  const shape = JSON.stringify([[...open], outline(nodes)]);
  // Where things are depends on which there are, and not on how they do.
  // oxlint-disable-next-line react/exhaustive-deps
  const drawn = useMemo(() => picture(nodes, open), [shape]);
  const latest = useMemo(() => new Map(everyNode(nodes).map((node) => [node.path, node])), [nodes]);
  const { zoom, setZoom, fit } = useZoom(frame, drawn);
  const view = useView(frame, drawn.boxes.length > most, zoom);
  const { at, walk } = useWalk(frame, drawn, zoom);
  const seen = (box: Box) => !view || (box.y < view.bottom && box.y + box.height > view.top && box.x < view.right && box.x + box.width > view.left);
  const toggle = (node: Node) => {
    const next = new Map(open);
    if (next.has(node.path)) {
      for (const path of next.keys()) if (isIn(path, node.path)) next.delete(path);
    } else next.set(node.path, node.rounds ? node.rounds.at : null);
    setOpen(next);
  };
  const look = (node: Node, round: number) => setOpen(new Map([...open, [node.path, round]]));
  const stop = at ?? (drawn.boxes.some((box) => box.node.path === chosen) ? chosen : drawn.boxes[0]?.node.path);
  return (
    <div className={css.around}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys and clicks are those of the buttons in it */}
      <div
        ref={frame}
        className={css.frame}
        role="group"
        aria-label={`${label}: ${plural(drawn.boxes.length, "task")} shown. Arrow keys go from task to task`}
        onKeyDown={walk}
        onPointerDown={drag}
        data-graph
      >
        <div className={css.paper} style={{ width: (drawn.width + 2 * margin) * zoom, height: (drawn.height + 2 * margin) * zoom }}>
          <div className={css.scaled} style={{ transform: `scale(${zoom}) translate(${margin}px, ${margin}px)`, width: drawn.width, height: drawn.height }}>
            {drawn.crowds.map((one) => (
              <div key={one.key} className={css.crowd} style={{ left: one.x, top: one.y, width: one.width, height: one.height }} />
            ))}
            {drawn.boxes.map((box) => {
              const node = latest.get(box.node.path);
              if (!node || !seen(box)) return null;
              const place = { left: box.x, top: box.y, width: box.width, height: box.height };
              const shared = { node, place, now, chosen: node.path === chosen, stop: node.path === stop, choose };
              return node.inside === null ? (
                <Step key={node.path} {...shared} />
              ) : (
                <Group key={node.path} {...shared} open={box.open} toggle={toggle} look={look} />
              );
            })}
            <Lines drawn={drawn} chosen={chosen} latest={latest} />
          </div>
        </div>
      </div>
      <div className={css.zoom}>
        <Button small label="Smaller" onClick={() => setZoom(zoom / 1.25)}>
          <Minus size={14} aria-hidden />
        </Button>
        <Button small label="Larger" onClick={() => setZoom(zoom * 1.25)}>
          <Plus size={14} aria-hidden />
        </Button>
        <Button small label="Fit" onClick={fit}>
          <Maximize size={14} aria-hidden />
        </Button>
      </div>
    </div>
  );
}

const isIn = (path: string, group: string) => path === group || path.startsWith(`${group}/`) || path.startsWith(`${group}@`);

function everyNode(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.inside ?? [])]);
}

function outline(nodes: readonly Node[]): unknown[] {
  return nodes.map((node) => [node.path, node.rounds !== null, ...outline(node.inside ?? [])]);
}

/** Above the boxes of groups, and not in the way of a click. */
function Lines({ drawn, chosen, latest }: { drawn: Picture; chosen: string; latest: ReadonlyMap<string, Node> }) {
  return (
    <svg className={css.lines} width={drawn.width} height={drawn.height} aria-hidden>
      {drawn.lines.map((line) => {
        const to = latest.get(line.to);
        const look = line.from === chosen || line.to === chosen ? css.near : to?.state === "RUNNING" ? css.flowing : to?.state === "SKIPPED" ? css.unused : "";
        const [x, y] = line.points.at(-1) ?? [0, 0];
        return (
          <g key={`${line.from} ${line.to}`} className={look}>
            <path d={curve(line.points)} className={css.line} />
            <path d={`M${x - 3.5} ${y - 6}L${x} ${y}L${x + 3.5} ${y - 6}Z`} className={css.tip} />
          </g>
        );
      })}
    </svg>
  );
}

function useZoom(frame: RefObject<HTMLDivElement | null>, drawn: Picture) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [fitting, setFitting] = useState(1);
  const whole = drawn.width + 2 * margin;
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setFitting(Math.min(1, Math.max(0.55, (element.clientWidth - 2) / whole)));
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [frame, whole]);
  const fit = () => {
    const element = frame.current;
    if (!element) return;
    const wide = (element.clientWidth - 2) / whole;
    setChosen(Math.max(0.08, Math.min(1, wide, element.clientHeight / (drawn.height + 2 * margin))));
    element.scrollTo({ left: 0, top: 0 });
  };
  return { zoom: chosen ?? fitting, setZoom: (wanted: number) => setChosen(Math.max(0.08, Math.min(2, wanted))), fit };
}

type View = { left: number; right: number; top: number; bottom: number };

/** What of a large graph is looked at, with some room around; null for a small one, which is drawn whole. */
function useView(frame: RefObject<HTMLDivElement | null>, large: boolean, zoom: number): View | null {
  const [view, setView] = useState<View | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || !large) return setView(null);
    let waiting = 0;
    const look = () => {
      waiting = 0;
      const { scrollLeft, scrollTop, clientWidth, clientHeight } = element;
      const [left, top] = [scrollLeft / zoom - beyond, scrollTop / zoom - beyond];
      setView({ left, top, right: left + clientWidth / zoom + 2 * beyond, bottom: top + clientHeight / zoom + 2 * beyond });
    };
    const later = () => (waiting ||= requestAnimationFrame(look));
    look();
    element.addEventListener("scroll", later, { passive: true });
    return () => {
      element.removeEventListener("scroll", later);
      cancelAnimationFrame(waiting);
    };
  }, [frame, large, zoom]);
  return large ? view : null;
}

/** One of the tasks can be reached by Tab, the others from it by arrow keys. */
function useWalk(frame: RefObject<HTMLDivElement | null>, drawn: Picture, zoom: number) {
  const [at, setAt] = useState<string | null>(null);
  const moved = useRef(false);
  const walk = (event: KeyboardEvent) => {
    const path = (event.target as HTMLElement).dataset.path;
    const from = drawn.boxes.find((box) => box.node.path === path);
    const next = from && neighbour(drawn.boxes, from, event.key);
    if (!next) return;
    event.preventDefault();
    moved.current = true;
    frame.current?.scrollTo({ left: (next.x + next.width / 2 + margin) * zoom - frame.current.clientWidth / 2, top: (next.y + margin) * zoom - frame.current.clientHeight / 2 });
    setAt(next.node.path);
  };
  useEffect(() => {
    if (!moved.current || at === null) return;
    const found = frame.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(at)}"]`);
    if (found) {
      moved.current = false;
      found.focus({ preventScroll: true });
    }
  });
  return { at: drawn.boxes.some((box) => box.node.path === at) ? at : null, walk };
}

/** The paper is moved by its empty places. */
function drag(event: PointerEvent<HTMLDivElement>): void {
  if (event.button !== 0 || event.pointerType === "touch" || (event.target as HTMLElement).closest("button, input, select")) return;
  const element = event.currentTarget;
  const [x, y, left, top] = [event.clientX, event.clientY, element.scrollLeft, element.scrollTop];
  const move = (to: globalThis.PointerEvent) => element.scrollTo({ left: left + x - to.clientX, top: top + y - to.clientY });
  const end = () => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
}
