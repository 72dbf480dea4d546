import type { ReactElement } from "react";
import { useMemo } from "react";
import { useChangeExperiment } from "@/api/changes";
import type { Experiment } from "@/api/schema";
import { Button } from "@/components/button";
import { Link, to } from "@/components/link";
import { tellError } from "@/components/toasts";
import { choices, tagsOf } from "@/lib/best";
import type { BestBy } from "@/lib/best";
import { number } from "@/lib/format";
import css from "./best.module.css";
import type { Best } from "./use-best";
import type { View } from "./use-view";

/** The best run, by what, and on demand the thread that leads on from it. */
export function BestRun({ view, best: { by, run }, experiment }: { view: View; best: Best; experiment: Experiment | undefined }): ReactElement {
  const value = run?.metrics.find((one) => one.key === by?.key)?.value;
  if (!experiment || view.keys.metrics.length === 0) return <span className="row" style={{ minHeight: 24 }} />;
  const open = view.search.thread === "1";
  return (
    <span className="row tight wrap" style={{ minHeight: 24 }}>
      best <Choice experiment={experiment} chosen={by} keys={view.keys.metrics.map((one) => one.key)} />
      {run && typeof value === "number" && (
        <>
          <strong className={css.value}>{number(value)}</strong> by <Link to={to.run(run.experiment_id, run.id)}>{run.name}</Link>
          <Button quiet small aria-pressed={open} onClick={() => view.change({ thread: open ? undefined : "1" })} title="The data, the best run, the model made of it and where that is served">
            Lineage
          </Button>
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
