import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { holdOrLetGo, passBy } from "@/components/clock";
import { duration, number, shortTime, wholeTime } from "@/lib/format";
import type { Axis, Range } from "@/lib/range";
import { sentence } from "@/lib/series";
import { smooth } from "@/lib/smoothing";
import css from "./line-chart.module.css";
import { placed } from "./placing";
import type { Mark, PlotSeries } from "./placing";
import { PlotMoments } from "./plot-moments";
import { options, tipOf } from "./plot-options";
import type { Tip, Zoom } from "./plot-options";
import { point, usePointed } from "./pointed";

type PlotProps = {
  metric: string;
  series: readonly PlotSeries[];
  axis: Axis;
  log: boolean;
  smoothing: number;
  height: number;
  group: string;
  /** What part of the axis is drawn; null is all there is. */
  range: Range | null;
  zoom: Zoom;
  /** Moments that are told on the axis of time. */
  marks?: readonly Mark[];
};

const noMarks: readonly Mark[] = [];

export default function Plot({ metric, series, axis, log, smoothing, height, group, range, zoom, marks = noMarks }: PlotProps) {
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
  const latest = useRef({ data, series, zoom, range });
  latest.current = { data, series, zoom, range };
  const pointed = usePointed();

  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    const made = new uPlot(options(latest, setTip, { axis, log, height, group, width: host.clientWidth }), latest.current.data, host);
    plot.current = made;
    // What ends a drag is no click: uPlot keeps it from getting here.
    made.over.addEventListener("click", () => {
      const at = tipOf(made, latest.current.series, axis)?.at ?? null;
      if (at !== null) holdOrLetGo(at);
    });
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
  useEffect(() => plot.current?.setData(latest.current.data), [range]);
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
      <PlotMoments plot={plot} series={series} axis={axis} data={data} marks={marks} />
      {tip && (
        <div className={css.tip} style={{ left: tip.left, top: tip.top }}>
          <div className="muted">{where(axis, tip)}</div>
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

function where(axis: Axis, { x, at }: Tip): string {
  if (axis === "time") return shortTime(x * 1000);
  const moment = at === null ? "" : `, ${wholeTime(at)}`;
  return (axis === "step" ? `step ${number(x)}` : duration(x)) + moment;
}
