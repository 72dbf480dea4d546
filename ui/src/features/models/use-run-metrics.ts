import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { experimentsQuery, runsQuery } from "@/api/queries";
import type { ModelVersion, Run } from "@/api/schema";
import { quoted } from "@/lib/filter";
import { byImportance, isSystem } from "@/lib/metrics";

const most = 200;

/** The runs that versions were made of, by id, with one question for all of them. */
export function useRunsOf(versions: readonly ModelVersion[]): { runs: ReadonlyMap<string, Run>; waits: boolean } {
  const all = useQuery(experimentsQuery());
  const homes = useMemo(() => (all.data?.items ?? []).map((one) => one.id), [all.data]);
  const ids = useMemo(() => [...new Set(versions.map((one) => one.run_id).filter(Boolean))].slice(0, most), [versions]);
  const found = useQuery({
    ...runsQuery({ experiment_ids: homes, filter: `run_id IN (${ids.map(quoted).join(", ")})`, view: "all", limit: Math.max(1, ids.length) }),
    enabled: homes.length > 0 && ids.length > 0,
  });
  const runs = useMemo(() => new Map(found.data?.items.map((run) => [run.id, run])), [found.data]);
  return { runs, waits: all.isPending || found.isLoading };
}

/** The metric that says most about versions: one that most of their runs have and that has a better end. */
export function mainMetrics(runs: ReadonlyMap<string, Run>, most: number): string[] {
  const counts = new Map<string, number>();
  for (const run of runs.values()) for (const one of run.metrics) if (!isSystem(one.key)) counts.set(one.key, (counts.get(one.key) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => byImportance(a[0], b[0]) || b[1] - a[1])
    .slice(0, most)
    .map(([key]) => key);
}
