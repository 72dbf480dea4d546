import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, duration, number, shortTime, tick } from "@/lib/format";
import { sentence } from "@/lib/series";
import type { Line } from "@/lib/series";
import { smooth } from "@/lib/smoothing";
import { steady } from "@/lib/steady";
import css from "./line-chart.module.css";
import { holdOrLetGo, passBy, useClock } from "@/components/clock";
import { point, usePointed } from "./pointed";

export type Axis = "step" | "time" | "relative";
export type PlotSeries = { id: string; name: string; color: string; dash?: boolean; line: Line };
export type PlotProps = {
  metric: string;
  series: readonly PlotSeries[];
  axis: Axis;
  log: boolean;
  smoothing: number;
  height: number;
  group: string;
  zoom: (range: [number, number] | null) => void;
  /** Moments that are told on the axis of time. */
  marks?: readonly Mark[];
};
export type Mark = { at: number; label: string };
type Tip = { left: number; top: number; x: number; rows: Array<{ id: string; name: string; color: string; value: number; away: number }> };

const mostInTip = 8;
const closeBy = 16;
const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Where a point stands: the step, seconds since the epoch as uPlot wants time, or milliseconds since the first point. */
function placed(line: Line, axis: Axis): number[] {
  if (axis === "step") return line.x;
  const first = line.x[0] ?? 0;
  return axis === "time" ? line.x.map((at) => at / 1000) : line.x.map((at) => at - first);
}

export default function Plot({ metric, series, axis, log, smoothing, height, group, zoom, marks = [] }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [tip, setTip] = useState<Tip | null>(null);
  const data = useMemo(() => {
    const tables = series.map(({ line }): uPlot.AlignedData => [placed(line, axis), smooth(line.y, smoothing)]);
    if (tables.length === 0) return [[]] as unknown as uPlot.AlignedData;
    return uPlot.join(tables);
  }, [series, axis, smoothing]);
  // What makes another plot; new points only go into the one there is.
  const shape = JSON.stringify([axis, log, height, group, series.map((one) => [one.id, one.color, one.dash])]);
  const latest = useRef({ data, series, zoom });
  latest.current = { data, series, zoom };
  const pointed = usePointed();

  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    const made = new uPlot(options(latest, setTip, { axis, log, height, group, width: host.clientWidth }), latest.current.data, host);
    plot.current = made;
    // What ends a drag is no click: uPlot keeps it from getting here.
    if (axis === "time") made.over.addEventListener("click", (event) => holdOrLetGo(made.posToVal(event.offsetX, "x") * 1000));
    const watcher = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height }));
    watcher.observe(host);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
    // oxlint-disable-next-line react/exhaustive-deps
  }, [shape]);
  useEffect(() => {
    if (plot.current && plot.current.data !== data) plot.current.setData(data);
  }, [data]);
  useEffect(() => {
    const at = latest.current.series.findIndex((one) => one.id === pointed);
    plot.current?.setSeries(at < 0 ? null : at + 1, { focus: true });
  }, [pointed, shape]);

  const leave = () => {
    point(null);
    passBy(null);
  };
  const label = sentence(metric, series.map((one) => one.name), series.map((one) => one.line));
  return (
    <div className={css.figure} role="img" aria-label={label} onPointerLeave={leave}>
      <div ref={box} className={css.plot} style={{ height }} />
      {axis === "time" && <Moments plot={plot} data={data} marks={marks} />}
      {tip && (
        <div className={css.tip} style={{ left: tip.left, top: tip.top }}>
          <div className="muted">{axis === "step" ? `step ${number(tip.x)}` : axis === "time" ? shortTime(tip.x * 1000) : duration(tip.x)}</div>
          {tip.rows.map((row) => (
            <div key={row.id} className={row.id === pointed ? css.pointed : undefined}>
              <i style={{ background: row.color }} />
              <span className="ellipsis">{row.name}</span>
              <b>{number(row.value)}</b>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** Where the clock stands, and the marks, as lines over the drawing. */
function Moments({ plot, data, marks }: { plot: { current: uPlot | null }; data: uPlot.AlignedData; marks: readonly Mark[] }) {
  const { at } = useClock();
  const [, drawn] = useState<unknown>(null);
  useEffect(() => drawn(data), [data]); // the drawing is made after what is drawn over it
  const made = plot.current;
  if (!made) return null;
  const placeOf = (time: number): number | null => {
    const place = made.valToPos(time / 1000, "x");
    return place >= 0 && place <= made.over.clientWidth ? place + made.over.offsetLeft : null;
  };
  const shown = marks.flatMap((mark) => {
    const left = placeOf(mark.at);
    return left === null ? [] : [{ ...mark, left }];
  });
  const here = at === null || made.over.matches(":hover") ? null : placeOf(at);
  return (
    <>
      {shown.map((mark) => (
        <span key={`${mark.at}${mark.label}`} className={css.mark} style={{ left: mark.left }} title={`${shortTime(mark.at)}: ${mark.label}`}>
          <span className="visually-hidden">{mark.label}</span>
        </span>
      ))}
      {here !== null && <i className={css.clock} style={{ left: here }} aria-hidden data-clock />}
    </>
  );
}

type Latest = { current: { data: uPlot.AlignedData; series: readonly PlotSeries[]; zoom: PlotProps["zoom"] } };
type Shape = { axis: Axis; log: boolean; height: number; group: string; width: number };

function options(latest: Latest, setTip: (tip: Tip | null) => void, { axis, log, height, group, width }: Shape): uPlot.Options {
  const muted = color("--muted");
  const grid = { stroke: color("--plot-grid"), width: 1 };
  const ticks = { stroke: color("--plot-grid"), width: 1, size: 4 };
  const font = "11px system-ui, sans-serif";
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: {
      sync: { key: group, setSeries: false },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      bind: {
        dblclick: () => () => {
          latest.current.zoom(null);
          return null;
        },
      },
    },
    focus: { alpha: 0.25 },
    scales: { x: { time: axis === "time" }, y: log ? { distr: 3 } : { range: steady((low, high) => uPlot.rangeNum(low, high, 0.1, true)) } },
    axes: [
      {
        stroke: muted,
        grid,
        ticks,
        font,
        size: 28,
        ...(axis === "time" ? { space: 80, values: (_: uPlot, at: number[]) => clock(at) } : {}),
        ...(axis === "relative" ? { values: (_: uPlot, at: number[]) => at.map((one) => duration(one)) } : {}),
        ...(axis === "step" ? { values: (_: uPlot, at: number[]) => at.map((one) => (Number.isInteger(one) ? tick(one) : "")) } : {}),
      },
      { stroke: muted, grid, ticks, font, size: 56, values: (_, at) => at.map((one) => (one === null ? "" : tick(one))) },
    ],
    series: [
      {},
      ...latest.current.series.map(
        (one): uPlot.Series => ({
          label: one.name,
          stroke: one.color,
          width: 1.5,
          spanGaps: true,
          points: { show: one.line.x.length < 2 },
          ...(one.dash ? { dash: [5, 4] } : {}),
        }),
      ),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const tip = tipOf(plot, latest.current.series);
          setTip(tip);
          // Charts whose cursor only follows another's point at nothing.
          if (!plot.over.matches(":hover")) return;
          point(tip?.rows.find((row) => row.away < closeBy)?.id ?? null);
          if (axis === "time") passBy(tip ? plot.posToVal(plot.cursor.left ?? 0, "x") * 1000 : null);
        },
      ],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const range: [number, number] = [plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x")];
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          if (axis === "relative") plot.setScale("x", { min: range[0], max: range[1] });
          else latest.current.zoom(axis === "time" ? [range[0] * 1000, range[1] * 1000] : range);
        },
      ],
    },
  };
}

/** The values nearest to the cursor, those close to it first. */
function tipOf(plot: uPlot, series: readonly PlotSeries[]): Tip | null {
  const { idx, left = -1, top = -1 } = plot.cursor;
  if (idx === null || idx === undefined || left < 0) return null;
  const x = plot.data[0][idx];
  if (x === undefined) return null;
  const rows = series
    .map((one, place) => ({ id: one.id, name: one.name, color: one.color, value: near(plot.data[place + 1], idx) }))
    .filter((row): row is { id: string; name: string; color: string; value: number } => row.value !== null)
    .map((row) => ({ ...row, away: top < 0 ? Infinity : Math.abs(plot.valToPos(row.value, "y") - top) }))
    .toSorted((a, b) => (a.away === b.away ? 0 : a.away - b.away))
    .slice(0, mostInTip);
  if (rows.length === 0) return null;
  const offset = plot.bbox.left / devicePixelRatio;
  const toTheLeft = left > plot.bbox.width / devicePixelRatio / 2;
  return { left: offset + (toTheLeft ? Math.max(0, left - 210) : left + 14), top: 12, x, rows };
}

/** Lines that have no point at this very place are told by the one before. */
function near(values: ArrayLike<number | null | undefined> | undefined, idx: number): number | null {
  if (!values) return null;
  for (let at = idx; at >= 0 && at > idx - 200; at -= 1) {
    const value = values[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
