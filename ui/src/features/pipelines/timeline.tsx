import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useRef, useState } from "react";
import type { MouseEvent, PointerEvent } from "react";
import { holdOrLetGo, passBy, useClock } from "@/components/clock";
import { Moment } from "@/components/moment";
import { RangeChoice } from "@/components/range-choice";
import { State, wordOf } from "@/components/states";
import { useRange } from "@/components/use-range";
import { duration, grouped } from "@/lib/format";
import { flat } from "@/lib/pipelines/run-graph";
import type { Node, Open } from "@/lib/pipelines/run-graph";
import { Counts, groupWords, KindIcon, lasted } from "./node";
import css from "./timeline.module.css";

type Given = { nodes: readonly Node[]; open: Open; setOpen: (open: Open) => void; chosen: string; choose: (node: Node) => void; now: number };

const row = 30;

/** When each task ran, beside one another on one clock; on a narrow page, the list of tasks alone. */
export function Timeline({ nodes, open, setOpen, chosen, choose, now }: Given) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = flat(nodes, open);
  const clock = useClock();
  const times = rows.flatMap(({ node }) => (node.task?.started_at ? [node.task.started_at, node.task.ended_at ?? now] : []));
  const [range, show] = useRange("time");
  const [dragged, setDragged] = useState<readonly [number, number] | null>(null);
  const began = Math.min(...times);
  const [from, until] = range ?? [began, Math.max(...times)];
  const span = Math.max(1, until - from);
  const place = clock.at === null || clock.at < from || clock.at > from + span ? null : (100 * (clock.at - from)) / span;
  const timeAt = (event: MouseEvent) => {
    const lane = event.currentTarget.getBoundingClientRect();
    return from + span * Math.min(1, Math.max(0, (event.clientX - lane.left) / lane.width));
  };
  const press = (event: PointerEvent) => {
    if (!event.shiftKey || event.button !== 0) return;
    event.preventDefault(); // of text, nothing is to be selected
    event.currentTarget.setPointerCapture(event.pointerId);
    setDragged([timeAt(event), timeAt(event)]);
  };
  const move = (event: PointerEvent) => {
    passBy(timeAt(event));
    if (dragged) setDragged([dragged[0], timeAt(event)]);
  };
  const release = () => {
    if (dragged && Math.abs(dragged[1] - dragged[0]) > span / 200) show(dragged);
    setDragged(null);
  };
  const shown = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => row, overscan: 20 });
  const toggle = (node: Node) => {
    const next = new Map(open);
    if (!next.delete(node.path)) next.set(node.path, node.rounds ? node.rounds.at : null);
    setOpen(next);
  };
  return (
    <div className={css.whole}>
      {times.length > 0 && (
        <div className="row wrap">
          <div className="grow">
            <Moment from={from} until={from + span} />
          </div>
          <RangeChoice axis="time" />
        </div>
      )}
      <div className={css.frame} ref={frame} role="table" aria-label={`Timeline of ${rows.length} tasks`} aria-rowcount={rows.length + 1}>
        <div className={`${css.row} ${css.head}`} role="row" aria-rowindex={1}>
          <span role="columnheader">Task</span>
          <span role="columnheader">Lasted</span>
          <span className={css.axis} role="columnheader" aria-label="When it ran">
            {times.length > 0 && [0, 0.25, 0.5, 0.75].map((part) => (
              <span key={part} style={{ left: `${part * 100}%` }}>
                {part === 0 && !range ? "0" : duration(from - began + part * span)}
              </span>
            ))}
          </span>
        </div>
        <div style={{ height: shown.getTotalSize(), position: "relative" }} role="rowgroup">
          {shown.getVirtualItems().map((item) => {
            const one = rows[item.index];
            if (!one) return null;
            const { node, depth } = one;
            const Arrow = open.has(node.path) ? ChevronDown : ChevronRight;
            return (
              <div key={node.path} className={css.row} role="row" aria-rowindex={item.index + 2} data-chosen={node.path === chosen} data-ran={clock.at !== null && ranAt(node, clock.at, now)} style={{ transform: `translateY(${item.start}px)`, position: "absolute", height: row }}>
                <span role="cell" className={css.name} style={{ paddingLeft: 8 + depth * 16 }}>
                  {node.inside === null ? (
                    <span className={css.gap} />
                  ) : (
                    <button type="button" className={css.fold} aria-expanded={open.has(node.path)} aria-label={`${open.has(node.path) ? "Close" : "Open"} ${node.label}`} onClick={() => toggle(node)}>
                      <Arrow size={14} aria-hidden />
                    </button>
                  )}
                  <button type="button" className={css.choose} aria-pressed={node.path === chosen} onClick={() => choose(node)}>
                    {node.state ? <State of={node.state} short /> : <KindIcon node={node} />}
                    <span className="ellipsis">{node.inside === null ? node.label : groupWords(node).title}</span>
                    {node.rounds && <span className="muted small">×{grouped(node.rounds.states.length)}</span>}
                  </button>
                  {node.inside !== null && <Counts tally={node.tally} />}
                </span>
                <span role="cell" className={css.time}>
                  {lasted(node, now)}
                </span>
                {/* The slider above does the same by keyboard. */}
                {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
                <span
                  role="cell"
                  className={css.lane}
                  onPointerDown={press}
                  onPointerMove={move}
                  onPointerUp={release}
                  onPointerLeave={() => passBy(null)}
                  onClick={(event) => event.shiftKey || holdOrLetGo(timeAt(event))}
                  onDoubleClick={() => show(null)}
                >
                  {dragged && <i className={css.dragged} style={stretch(dragged, from, span)} aria-hidden />}
                  {place !== null && <i className={css.now} style={{ left: `${place}%` }} aria-hidden />}
                  <Bar node={node} from={from} span={span} now={now} />
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function stretch([one, other]: readonly [number, number], from: number, span: number): { left: string; width: string } {
  return { left: `${(100 * (Math.min(one, other) - from)) / span}%`, width: `${(100 * Math.abs(other - one)) / span}%` };
}

function ranAt({ task }: Node, at: number, now: number): boolean {
  return task?.started_at !== null && task !== null && task.started_at <= at && (task.ended_at ?? now) >= at;
}

function Bar({ node, from, span, now }: { node: Node; from: number; span: number; now: number }) {
  const { task } = node;
  if (!task?.started_at) return <span className={css.none}>{node.state && node.state !== "RUNNING" ? wordOf(node.state).toLowerCase() : ""}</span>;
  return <span className={css.bar} data-state={node.state} data-group={node.inside !== null} style={stretch([task.started_at, task.ended_at ?? now], from, span)} title={`${node.label}: ${wordOf(node.state)}, ${lasted(node, now)}`} />;
}
