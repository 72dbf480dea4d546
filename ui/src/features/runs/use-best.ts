import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { activityQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { by } from "@/lib/best";
import type { BestBy } from "@/lib/best";
import { direction } from "@/lib/metrics";
import type { Found } from "./use-runs";
import type { View } from "./use-view";

export type Best = { by: BestBy | null; run: Run | null };

/** The best run by the metric that somebody chose for the experiment; else by the first that says which way is better. */
export function useBest(view: View, found: Found): Best {
  const told = view.primary;
  const usual = useMemo(() => usualOf(view), [view]);
  const wanted = told ?? usual;
  // Where not all are here, the best may be among the others.
  const asks = told !== null && !view.filter && found.isThere && found.query.hasNextPage;
  const everywhere = useQuery({ ...activityQuery([view.experiment], told ? [{ experiment_id: view.experiment, order: told.order }] : []), enabled: asks });
  const here = useMemo(() => wanted && bestOf(wanted, found.runs), [wanted, found.runs]);
  return { by: wanted, run: (asks ? everywhere.data?.items[0]?.best : here) ?? null };
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
