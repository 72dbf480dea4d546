import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useChangeExperiment } from "@/api/changes";
import { activityQuery } from "@/api/queries";
import type { Experiment, Run } from "@/api/schema";
import { Link, to } from "@/components/link";
import { tellError } from "@/components/toasts";
import { bestBy, by, choices, tagsOf } from "@/lib/best";
import type { BestBy } from "@/lib/best";
import { number } from "@/lib/format";
import { direction } from "@/lib/metrics";
import css from "./best.module.css";
import type { View } from "./use-view";

type Given = { view: View; runs: readonly Run[]; experiment: Experiment | undefined };

/** The best run by the metric that somebody chose for the experiment; else by the first that says which way is better. */
export function BestRun({ view, runs, experiment }: Given) {
  const told = useMemo(() => bestBy(experiment?.tags ?? {}), [experiment]);
  const usual = useMemo(() => usualOf(view), [view]);
  const wanted = told ?? usual;
  const everywhere = useQuery({ ...activityQuery([view.experiment], told ? [{ experiment_id: view.experiment, order: told.order }] : []), enabled: told !== null && !view.filter });
  const here = useMemo(() => wanted && bestOf(wanted, runs), [wanted, runs]);
  const best = told && !view.filter ? everywhere.data?.items[0]?.best : here;
  const value = best?.metrics.find((one) => one.key === wanted?.key)?.value;
  if (!experiment || view.keys.metrics.length === 0) return <span>&nbsp;</span>;
  return (
    <span className="row tight">
      best <Choice experiment={experiment} chosen={wanted} keys={view.keys.metrics.map((one) => one.key)} />
      {best && typeof value === "number" && (
        <>
          <strong className={css.value}>{number(value)}</strong> by <Link to={to.run(best.experiment_id, best.id)}>{best.name}</Link>
        </>
      )}
    </span>
  );
}

function Choice({ experiment, chosen, keys }: { experiment: Experiment; chosen: BestBy | null; keys: readonly string[] }) {
  const change = useChangeExperiment();
  const offered = useMemo(() => {
    const found = choices(keys);
    return chosen && !found.some((one) => one.order === chosen.order) ? [chosen, ...found] : found;
  }, [keys, chosen]);
  return (
    <select
      className={css.choice}
      aria-label="The metric that tells the best run"
      value={chosen?.order ?? ""}
      onChange={(event) => {
        const wanted = offered.find((one) => one.order === event.target.value);
        if (wanted) change.mutate({ id: experiment.id, tags: tagsOf(wanted) }, { onError: tellError });
      }}
    >
      {!chosen && <option value="">by …</option>}
      {offered.map((one) => (
        <option key={one.order} value={one.order}>
          {one.key} {one.up ? "↑" : "↓"}
        </option>
      ))}
    </select>
  );
}

function usualOf(view: View): BestBy | null {
  const key = view.columns.find((one) => one.kind === "m" && direction(one.key) !== null)?.key;
  return key ? by(key, direction(key) === "up") : null;
}

function bestOf({ key, up }: BestBy, runs: readonly Run[]): Run | null {
  let best: { run: Run; value: number } | null = null;
  for (const run of runs) {
    const value = run.metrics.find((one) => one.key === key)?.value;
    if (typeof value !== "number") continue;
    if (best === null || (up ? value > best.value : value < best.value)) best = { run, value };
  }
  return best?.run ?? null;
}
