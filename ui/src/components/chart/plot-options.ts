import uPlot from "uplot";
import { passBy } from "@/components/clock";
import { clock, duration, tick } from "@/lib/format";
import type { Axis, Range } from "@/lib/range";
import { steady } from "@/lib/steady";
import { inUnits, momentOf } from "./placing";
import type { PlotSeries } from "./placing";
import { point } from "./pointed";

export type Tip = { left: number; top: number; x: number; at: number | null; rows: Array<{ id: string; name: string; color: string; value: number; away: number }> };
/** With null, everything is to be shown; `everywhere` is for all views of the page. */
export type Zoom = (range: Range | null, everywhere: boolean) => void;
export type Latest = { current: { data: uPlot.AlignedData; series: readonly PlotSeries[]; zoom: Zoom; range: Range | null } };
type Shape = { axis: Axis; log: boolean; height: number; group: string; width: number };

const mostInTip = 8;
const closeBy = 16;
const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function options(latest: Latest, setTip: (tip: Tip | null) => void, { axis, log, height, group, width }: Shape): uPlot.Options {
  const muted = color("--muted");
  const grid = { stroke: color("--plot-grid"), width: 1 };
  const ticks = { stroke: color("--plot-grid"), width: 1, size: 4 };
  const font = "11px system-ui, sans-serif";
  /** The drag that began here: charts that only follow another's are dragged over too. */
  let drag: "none" | "here" | "everywhere" = "none";
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
        mousedown: (_, target, handle) => (event) => {
          if (event.button !== 0 || event.target !== target) return null;
          drag = event.shiftKey ? "everywhere" : "here";
          return handle(event);
        },
        dblclick: () => () => {
          latest.current.zoom(null, false);
          return null;
        },
      },
    },
    focus: { alpha: 0.25 },
    scales: { x: { time: axis === "time", range: (_, low, high) => (latest.current.range ? inUnits(latest.current.range, axis) : [low, high]) }, y: log ? { distr: 3 } : { range: steady((low, high) => uPlot.rangeNum(low, high, 0.1, true)) } },
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
          ...(one.dash?.length ? { dash: [...one.dash] } : {}),
        }),
      ),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const tip = tipOf(plot, latest.current.series, axis);
          setTip(tip);
          // Charts whose cursor only follows another's point at nothing.
          if (!plot.over.matches(":hover")) return;
          point(tip?.rows.find((row) => row.away < closeBy)?.id ?? null);
          passBy(tip?.at ?? null);
        },
      ],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const range: [number, number] = [plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x")];
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          if (drag !== "none") latest.current.zoom(axis === "time" ? [range[0] * 1000, range[1] * 1000] : range, drag === "everywhere");
          drag = "none";
        },
      ],
    },
  };
}

/** The values nearest to the cursor, those close to it first. */
export function tipOf(plot: uPlot, series: readonly PlotSeries[], axis: Axis): Tip | null {
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
  const at = momentOf(series.find((one) => one.id === rows[0]?.id), axis, plot.posToVal(left, "x"));
  return { left: offset + (toTheLeft ? Math.max(0, left - 210) : left + 14), top: 12, x, at, rows };
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
