import { useQuery } from "@tanstack/react-query";
import { Maximize2, Table2, ZoomOut } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { chartsQuery } from "@/api/queries";
import { Button } from "@/components/button";
import { Dialog } from "@/components/overlay";
import { ErrorState, Skeleton } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { useRange } from "@/components/use-range";
import { colorOf, dashesOf } from "@/lib/colors";
import type { Colored } from "@/lib/colors";
import { grouped } from "@/lib/format";
import { momentsOf } from "@/lib/moments";
import type { Axis, Range } from "@/lib/range";
import { lineOf } from "@/lib/series";
import { Bars } from "./bars";
import css from "./metric-chart.module.css";
import type { Zoom } from "./plot-options";
import { SeriesTable } from "./series-table";

const Plot = lazy(() => import("./plot"));
const live = 1500;
const most = 100;
const baselineDash = [5, 4];

export type ChartRun = Colored & { name: string; status: string };
export type ChartSettings = { axis: Axis; smoothing: number; log: boolean };
type Given = { metric: string; runs: readonly ChartRun[]; settings: ChartSettings; height?: number; baseline?: string };

/** One metric of some runs. It is asked for when it comes into sight, and again when one zooms in or runs go on. */
export function MetricChart(given: Given) {
  const [full, setFull] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const { axis } = given.settings;
  const [own, setOwn] = useState<Range | null>(null);
  const [everybodys, setEverybodys] = useRange(axis);
  useEffect(() => setOwn(null), [axis, everybodys]);
  const zoom: Zoom = (range, everywhere) => {
    if (everywhere || (range === null && own === null)) setEverybodys(range);
    else setOwn(range);
  };
  const tools = (
    <>
      {own && (
        <Button quiet small label="Show all of it" onClick={() => setOwn(null)}>
          <ZoomOut size={14} aria-hidden />
        </Button>
      )}
      <Button quiet small label={`${given.metric} as a table`} aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
        <Table2 size={14} aria-hidden />
      </Button>
    </>
  );
  const drawing = (height: number, group: string) => (
    <Drawing {...given} height={height} group={group} range={own ?? everybodys} zoom={zoom} asTable={asTable} />
  );
  return (
    <section className={css.panel} aria-label={given.metric}>
      <header className={css.head}>
        <h3 className="ellipsis grow" title={given.metric}>
          {given.metric}
        </h3>
        {tools}
        <Button quiet small label={`${given.metric}, large`} onClick={() => setFull(true)}>
          <Maximize2 size={14} aria-hidden />
        </Button>
      </header>
      {drawing(given.height ?? 220, "charts")}
      {full && (
        <Dialog title={given.metric} open wide onClose={() => setFull(false)}>
          <div className="row">{tools}</div>
          {drawing(Math.round(window.innerHeight * 0.55), "large")}
        </Dialog>
      )}
    </section>
  );
}

type DrawingProps = Given & {
  height: number;
  group: string;
  range: Range | null;
  zoom: Zoom;
  asTable: boolean;
};

function Drawing({ metric, runs, settings, height, group, range, zoom, asTable, baseline }: DrawingProps) {
  const dark = useIsDark();
  const box = useRef<HTMLDivElement>(null);
  const seen = useInSight(box);
  const ids = useMemo(() => runs.slice(0, most).map((run) => run.id), [runs]);
  const keys = useMemo(() => [metric], [metric]);
  const runs_go_on = runs.some((run) => run.status === "RUNNING");
  const found = useQuery({
    ...chartsQuery(ids, keys, 400, settings.axis === "step" ? "step" : "time", settings.axis === "relative" ? null : range),
    enabled: seen && ids.length > 0,
    refetchInterval: seen && runs_go_on ? live : false,
  });
  const series = useMemo(() => {
    const colors = runs.map((run) => colorOf(run, dark));
    const dashes = dashesOf(colors);
    const looks = new Map(runs.map((run, at) => [run.id, { name: run.name, color: colors[at] ?? "", dash: dashes[at] ?? [] }]));
    return (found.data?.items ?? []).map((chart) => ({
      id: chart.run_id,
      name: chart.run_id.slice(0, 8),
      color: colorOf({ id: chart.run_id }, dark),
      ...looks.get(chart.run_id),
      ...(chart.run_id === baseline ? { dash: baselineDash } : {}),
      line: lineOf(chart),
      moments: momentsOf(chart),
      total: chart.total,
    }));
  }, [found.data, runs, dark, baseline]);
  return (
    <div ref={box} style={{ minHeight: height }}>
      {found.error && !found.data ? (
        <ErrorState error={found.error} what={metric} retry={() => void found.refetch()} />
      ) : !found.data ? (
        <Skeleton rows={5} />
      ) : series.length === 0 ? (
        <p className={`${css.none} muted`}>None of these runs has logged it.</p>
      ) : asTable ? (
        <SeriesTable charts={found.data.items} names={new Map(series.map((one) => [one.id, one.name]))} />
      ) : series.every((one) => one.total === 1) ? (
        <Bars metric={metric} bars={series.map((one) => ({ ...one, value: one.line.y[0] ?? null }))} height={height} {...(baseline ? { baseline } : {})} />
      ) : (
        <Suspense fallback={<Skeleton rows={5} />}>
          <Plot
            metric={metric}
            series={series}
            axis={settings.axis}
            log={settings.log}
            smoothing={settings.smoothing}
            height={height}
            group={group}
            range={range}
            zoom={zoom}
          />
        </Suspense>
      )}
      {runs.length > most && <p className="muted small">The first {most} of {grouped(runs.length)} runs.</p>}
    </div>
  );
}

function useInSight(box: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!box.current) return undefined;
    const watcher = new IntersectionObserver((found) => setSeen(found.some((one) => one.isIntersecting)), { rootMargin: "200px" });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [box]);
  return seen;
}
