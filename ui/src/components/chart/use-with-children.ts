import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { treeQuery } from "@/api/queries";
import type { Run, Tree } from "@/api/schema";

const most = 20;
type Answers = ReadonlyArray<{ data: Tree | undefined; isPending: boolean }>;
const combine = (found: Answers) => ({ trees: found.map((one) => one.data), waits: found.some((one) => one.isPending) });

/** Runs to draw: in the place of a parent that has not all that they have, those that are nested in it. */
export function useWithChildren<T extends Run>(runs: readonly T[], isOutdone: (run: T) => boolean): { runs: readonly Run[]; replaced: readonly T[]; waits: boolean } {
  const parents = useMemo(() => runs.filter(isOutdone).slice(0, most), [runs, isOutdone]);
  const { trees, waits } = useQueries({ queries: parents.map((run) => treeQuery(run.id, 1)), combine });
  return useMemo(() => {
    if (parents.length === 0) return { runs, replaced: parents, waits: false };
    const children = new Map(parents.map((run, at) => [run.id, trees[at]?.items.filter((one) => one.depth === 1).map((one) => one.run)]));
    const all = runs.flatMap((run): readonly Run[] => children.get(run.id) ?? [run]);
    return { runs: [...new Map(all.map((run) => [run.id, run])).values()], replaced: parents, waits };
  }, [runs, parents, trees, waits]);
}
