import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { treeQuery } from "@/api/queries";
import { EmptyState, Skeleton } from "@/components/states";
import { plural } from "@/lib/format";
import { byImportance, isSystem } from "@/lib/metrics";
import { ChartSettingsBar, useChartSettings } from "./chart-settings";
import { MetricChart } from "./metric-chart";
import css from "./metric-chart.module.css";

const mostPanels = 60;

/** The charts of a run that logged no metrics: those of the runs nested in it, if it has any. */
export function ChildrenCharts({ id }: { id: string }) {
  const tree = useQuery(treeQuery(id, 1));
  const settings = useChartSettings();
  const children = useMemo(() => (tree.data?.items ?? []).filter((one) => one.depth === 1).map((one) => one.run), [tree.data]);
  const keys = useMemo(() => {
    const all = new Set(children.flatMap((run) => run.metrics.map((one) => one.key)));
    return [...all].filter((key) => !isSystem(key)).toSorted(byImportance);
  }, [children]);
  if (tree.isPending) return <Skeleton rows={5} />;
  if (keys.length === 0) return <EmptyState title="No metrics were logged to this run" />;
  return (
    <div className="stack">
      <p className="muted">
        No metrics were logged to this run itself; these are those of the {plural(children.length, "run")} nested in it.
        {keys.length > mostPanels && ` The first ${mostPanels} of ${plural(keys.length, "metric")}.`}
      </p>
      <ChartSettingsBar />
      <div className={css.panels}>
        {keys.slice(0, mostPanels).map((key) => (
          <MetricChart key={key} metric={key} runs={children} settings={settings} />
        ))}
      </div>
    </div>
  );
}
