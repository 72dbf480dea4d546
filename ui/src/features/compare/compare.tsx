import type { Run } from "@/api/schema";
import { ChartSettingsBar, useChartSettings } from "@/components/chart/chart-settings";
import { MetricChart } from "@/components/chart/metric-chart";
import panels from "@/components/chart/metric-chart.module.css";
import { Link } from "@/components/link";
import { Page } from "@/components/page";
import { EmptyState, ErrorState, Skeleton } from "@/components/states";
import { Tabs } from "@/components/tabs";
import { useAddress } from "@/components/use-address";
import { nextBaseline, useBaselineKey } from "@/components/use-baseline-key";
import { plural } from "@/lib/format";
import { isSystem } from "@/lib/metrics";
import { codeOf } from "./code";
import { CompareFiles } from "./compare-files";
import { CompareImages } from "./compare-images";
import { CompareTable } from "./compare-table";
import { KeepSet, KeptSets } from "./sets";
import { useCompared } from "./use-compared";

const mostInCharts = 100;
const mostInFiles = 40;
const tabs = [
  { value: "table", label: "Differences" },
  { value: "charts", label: "Charts" },
  { value: "images", label: "Images" },
  { value: "files", label: "Files" },
];

/** Any runs side by side: what differs, their curves in one chart, their images next to each other. */
export function Compare() {
  const [search, change] = useAddress();
  const { ids, runs, error, waiting } = useCompared(search.runs, search.set);
  const tab = tabs.some((one) => one.value === search.tab) ? search.tab : "table";
  const remove = (id: string) => change({ runs: ids.filter((one) => one !== id).join(","), set: undefined });
  useBaselineKey((pointed) => change({ base: nextBaseline(ids, search.base, pointed) }));
  const missing = waiting ? 0 : ids.length - runs.length;
  return (
    <Page
      title={search.set ? `${search.set}: ${plural(ids.length, "run")}` : `Compare ${plural(ids.length, "run")}`}
      name="Compare"
      crumbs={[{ label: "Experiments", to: "/experiments" }]}
      code={codeOf(ids, [...new Set(runs.map((run) => run.experiment_id))], window.location.origin)}
      actions={ids.length > 1 && <KeepSet key={search.set} ids={ids} name={search.set} />}
    >
      {error ? (
        <ErrorState error={error} what="The comparison" />
      ) : waiting && runs.length === 0 ? (
        <Skeleton rows={12} />
      ) : ids.length < 2 ? (
        <>
          <EmptyState title={search.set ? `No runs are kept as “${search.set}”` : "Choose two runs or more"}>
            <p className="muted">
              Select them in the <Link to="/experiments">table of an experiment</Link> and press <kbd>c</kbd>.
            </p>
          </EmptyState>
          <KeptSets />
        </>
      ) : (
        <>
          {missing > 0 && <p className="muted" role="status">{plural(missing, "run")} of these cannot be found.</p>}
          <Tabs label="How to compare" tabs={tabs} chosen={tab ?? "table"} choose={(value) => change({ tab: value === "table" ? undefined : value }, true)} />
          {tab === "table" && <CompareTable runs={runs} remove={remove} />}
          {tab === "charts" && <Charts runs={runs} />}
          {tab === "images" && <CompareImages runs={runs.slice(0, mostInFiles)} />}
          {tab === "files" && <CompareFiles runs={runs.slice(0, mostInFiles)} />}
          {(tab === "images" || tab === "files") && runs.length > mostInFiles && <p className="muted">The first {mostInFiles} of {plural(runs.length, "run")}.</p>}
        </>
      )}
    </Page>
  );
}

function Charts({ runs }: { runs: readonly Run[] }) {
  const settings = useChartSettings();
  const [search] = useAddress();
  const counts = new Map<string, number>();
  for (const run of runs) for (const one of run.metrics) counts.set(one.key, (counts.get(one.key) ?? 0) + 1);
  const keys = [...counts]
    .toSorted((a, b) => Number(isSystem(a[0])) - Number(isSystem(b[0])) || b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([key]) => key);
  if (keys.length === 0) return <EmptyState title="None of these runs has logged a metric" />;
  return (
    <div className="stack">
      <ChartSettingsBar />
      {runs.length > mostInCharts && <p className="muted">The first {mostInCharts} of {plural(runs.length, "run")}.</p>}
      <div className={panels.panels}>
        {keys.slice(0, 60).map((key) => (
          <MetricChart key={key} metric={key} runs={runs.slice(0, mostInCharts)} settings={settings} {...(search.base ? { baseline: search.base } : {})} />
        ))}
      </div>
    </div>
  );
}
