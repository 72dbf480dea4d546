import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "@/api/client";
import { experimentsQuery, runsQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { quoted, written } from "@/lib/filter";

const mostAtOnce = 400;
export const mostInSet = 1000;
/** Runs of a set have a tag of this beginning and the set's name. */
export const setTag = "modelyard.set.";
type Found = { runs: Run[]; error: Error | null; waiting: boolean };

/** The runs that an address names: one by one, or as a set that is kept. */
export function useCompared(runs: string | undefined, set: string | undefined): Found & { ids: readonly string[] } {
  const all = useQuery(experimentsQuery());
  const homes = useMemo(() => (all.data?.items ?? []).map((one) => one.id), [all.data]);
  const ids = useMemo(() => [...new Set((runs ?? "").split(",").filter((one) => /^[0-9a-f]{32}$/.test(one)))], [runs]);
  const byId = useNamed(ids, homes);
  const filter = `${written("tags", setTag + (set ?? ""))} = 'yes'`;
  const kept = useQuery({ ...runsQuery({ experiment_ids: homes, filter, limit: mostInSet }), enabled: Boolean(set) && ids.length === 0 && homes.length > 0 });
  if (ids.length > 0) return { ...byId, error: byId.error ?? all.error, ids };
  if (!set) return { runs: [], ids: [], error: null, waiting: false };
  const items = kept.data?.items ?? [];
  return { runs: items, ids: items.map((one) => one.id), error: kept.error ?? all.error, waiting: kept.isPending };
}

/** Runs by id, wherever they are, in the order they are named in; a few hundred with each question. */
function useNamed(ids: readonly string[], homes: readonly string[]): Found {
  const parts = useMemo(() => Array.from({ length: Math.ceil(ids.length / mostAtOnce) }, (_, at) => ids.slice(at * mostAtOnce, (at + 1) * mostAtOnce)), [ids]);
  const found = useQueries({
    queries: parts.map((part) => ({
      queryKey: ["runs", "named", homes, part],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call("POST /api/v1/runs/search", { body: { experiment_ids: [...homes], filter: `run_id IN (${part.map(quoted).join(", ")})`, view: "all", limit: part.length } }, signal),
      enabled: homes.length > 0,
    })),
    combine: (results) => ({
      items: results.flatMap((one) => one.data?.items ?? []),
      error: results.find((one) => one.error)?.error ?? null,
      waiting: results.some((one) => one.isPending),
    }),
  });
  const runs = useMemo(() => {
    const byId = new Map(found.items.map((run) => [run.id, run]));
    return ids.map((id) => byId.get(id)).filter((run) => run !== undefined);
  }, [found.items, ids]);
  return { runs, error: found.error, waiting: found.waiting };
}
