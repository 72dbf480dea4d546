import { useMemo } from "react";
import type { Run } from "@/api/schema";
import { Link, to } from "@/components/link";
import { number } from "@/lib/format";
import { direction } from "@/lib/metrics";
import type { View } from "./use-view";

type Best = { key: string; value: number; run: Run };

/** The best of the runs that were loaded, by the first metric in sight that says which way is better. */
export function BestRun({ view, runs }: { view: View; runs: readonly Run[] }) {
  const best = useMemo(() => bestOf(view, runs), [view, runs]);
  if (best === null) return <span>&nbsp;</span>;
  return (
    <span>
      best {best.key} <strong style={{ color: "var(--text)" }}>{number(best.value)}</strong> by{" "}
      <Link to={to.run(best.run.experiment_id, best.run.id)}>{best.run.name}</Link>
    </span>
  );
}

function bestOf(view: View, runs: readonly Run[]): Best | null {
  const key = view.columns.find((one) => one.kind === "m" && direction(one.key) !== null)?.key;
  if (!key) return null;
  let best: Best | null = null;
  for (const run of runs) {
    const value = run.metrics.find((one) => one.key === key)?.value;
    if (typeof value !== "number") continue;
    if (best === null || (direction(key) === "up" ? value > best.value : value < best.value)) best = { key, value, run };
  }
  return best;
}
