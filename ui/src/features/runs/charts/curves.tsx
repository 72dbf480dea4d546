import { useCallback, useMemo, useState } from "react";
import type { Run } from "@/api/schema";
import { ChartSettingsBar, useChartSettings } from "@/components/chart/chart-settings";
import { MetricChart } from "@/components/chart/metric-chart";
import panels from "@/components/chart/metric-chart.module.css";
import { point, usePointed } from "@/components/chart/pointed";
import { useWithChildren } from "@/components/chart/use-with-children";
import { Input } from "@/components/field";
import { nextBaseline, useBaselineKey } from "@/components/use-baseline-key";
import { EmptyState, State } from "@/components/states";
import { Swatch } from "@/components/swatch";
import { useIsDark } from "@/components/theme";
import { colorOf, dashesOf } from "@/lib/colors";
import { grouped, plural } from "@/lib/format";
import { isSystem } from "@/lib/metrics";
import css from "./charts.module.css";
import type { ChartProps } from "./charts-view";

const mostRuns = 20;
const mostPanels = 60;

/** Every metric a panel, with the newest runs or those that are selected; a run that is pointed at stands out everywhere. */
export function Curves({ view, found, kinds }: ChartProps) {
  const settings = useChartSettings();
  const dark = useIsDark();
  const pointed = usePointed();
  const [text, setText] = useState("");
  const chosen = found.chosen.length > 0;
  const runs = chosen ? found.chosen : found.runs;
  const hidden = useMemo(() => new Set((view.search.off ?? "").split(",").filter(Boolean)), [view.search.off]);
  const top = useMemo(() => runs.slice(0, chosen ? 100 : mostRuns), [runs, chosen]);
  const isOutdone = useCallback(
    (run: Run) => {
      const below = found.children.get(run.id)?.metrics ?? {};
      return Object.entries(below).some(([key, { count }]) => count > 0 && !run.metrics.some((one) => one.key === key));
    },
    [found.children],
  );
  const { runs: candidates, replaced } = useWithChildren(top, isOutdone);
  const shown = useMemo(() => candidates.filter((run) => !hidden.has(run.id.slice(0, 8))), [candidates, hidden]);
  useBaselineKey((under) => {
    const id = under ?? pointed;
    if (id) view.change({ base: nextBaseline([], view.search.base, id) });
  });
  const dashes = useMemo(() => {
    const found = dashesOf(shown.map((run) => colorOf(run, dark)));
    return new Map(shown.map((run, at) => [run.id, found[at] ?? []]));
  }, [shown, dark]);
  const keys = view.keys.metrics.map((one) => one.key).filter((key) => key.toLowerCase().includes(text.toLowerCase()));
  const ordered = [...keys.filter((key) => !isSystem(key)), ...keys.filter(isSystem)];
  const toggle = (id: string) => {
    const short = id.slice(0, 8);
    const next = hidden.has(short) ? [...hidden].filter((one) => one !== short) : [...hidden, short];
    view.change({ off: next.join(",") || undefined });
  };
  if (view.keys.metrics.length === 0) return <EmptyState title="No metrics were logged to these runs" />;
  return (
    <>
      <div className={css.bar}>
        {kinds}
        <ChartSettingsBar />
        <Input type="search" placeholder="Metrics" aria-label="Filter metrics" value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      <div className={css.columns}>
        <ul className={css.runs} aria-label="Runs in the charts">
          {candidates.map((run) => (
            <li key={run.id} data-baseline={run.id} data-pointed={run.id === pointed ? "" : undefined} onPointerEnter={() => point(run.id)} onPointerLeave={() => point(null)}>
              <Swatch run={run} dash={dashes.get(run.id)} />
              <label>
                <input type="checkbox" checked={!hidden.has(run.id.slice(0, 8))} onChange={() => toggle(run.id)} />
                <span className="ellipsis">{run.name}</span>
                <State of={run.status} short />
              </label>
            </li>
          ))}
          {replaced.length > 0 && (
            <li className={`${css.note} muted small`}>
              {plural(replaced.length, "parent")} without all metrics: the runs nested in {replaced.length === 1 ? "it" : "them"} instead.
            </li>
          )}
          {runs.length > top.length && (
            <li className={`${css.note} muted small`}>
              The first {top.length} of {grouped(chosen ? runs.length : (found.total ?? runs.length))}: select runs in the table to choose others.
            </li>
          )}
        </ul>
        <div className={panels.panels}>
          {ordered.slice(0, mostPanels).map((key) => (
            <MetricChart key={key} metric={key} runs={shown} settings={settings} {...(view.search.base ? { baseline: view.search.base } : {})} />
          ))}
          {ordered.length > mostPanels && (
            <p className="muted">
              {mostPanels} of {grouped(ordered.length)} metrics: filter for others.
            </p>
          )}
        </div>
      </div>
    </>
  );
}
