import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { call } from "@/api/client";
import { countQuery, groupsQuery, runsQuery, treeQuery } from "@/api/queries";
import type { Run, Spread, Tree } from "@/api/schema";
import { fields } from "@/lib/columns";
import { quoted } from "@/lib/filter";
import { parentTag } from "@/lib/run-data";
import type { View } from "./use-view";

const first = 100;
const further = 1000;
const live = 4000;

export type Row = { run: Run; depth: number; nested: number; open: boolean; pinned: boolean };
type Children = ReadonlyMap<string, { runs: number; metrics: Record<string, Spread> }>;

/** The first page is small, so that it is soon there; those after it are large, since whoever scrolls wants many. */
const pages = (asked: View["asked"]) =>
  infiniteQueryOptions({
    queryKey: ["runs", "pages", asked],
    queryFn: ({ pageParam, signal }) =>
      call(
        "POST /api/v1/runs/search",
        { body: { ...asked, limit: pageParam === null ? first : further, page_token: pageParam } },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_page_token ?? null,
    placeholderData: keepPreviousData,
  });

export function useRuns(view: View, opened: ReadonlySet<string>) {
  const { asked, nests, search } = view;
  const query = useInfiniteQuery({
    ...pages(asked),
    enabled: view.ready && !search.group,
    refetchInterval: (found) => {
      const loaded = found.state.data?.pages ?? [];
      return loaded.length === 1 && loaded[0]?.items.some((run) => run.status === "RUNNING") ? live : false;
    },
  });
  const total = useQuery({ ...countQuery(asked.experiment_ids, asked.filter ?? "", asked.view === "deleted" ? "deleted" : "active"), enabled: view.ready && !query.error });
  const all = useQuery({ ...countQuery(asked.experiment_ids, "", "active"), enabled: view.ready && nests });
  const pinned = useNamed(view, list(search.pin));
  const [base] = useNamed(view, list(search.base));
  const children = useChildren(view);
  const trees = useQueries({ queries: nests ? [...opened].map((id) => treeQuery(id, 1)) : [], combine: dataOfAll });
  // What a wrong filter cannot replace stays.
  const lastGood = useRef(query.data);
  if (query.data) lastGood.current = query.data;
  const data = query.data ?? (query.error ? lastGood.current : undefined);
  const loaded = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const below = useMemo(() => {
    const found = new Map<string, Run[]>();
    for (const tree of trees) {
      const top = tree?.items[0]?.run.id;
      if (top) found.set(top, tree.items.filter((one) => one.depth === 1).map((one) => one.run));
    }
    return found;
  }, [trees]);
  const rows = useMemo((): Row[] => {
    const flat: Row[] = pinned.map((run) => ({ run, depth: 0, nested: 0, open: false, pinned: true }));
    const held = new Set(pinned.map((run) => run.id));
    const put = (run: Run, depth: number) => {
      const nested = nests ? (children.get(run.id)?.runs ?? 0) : 0;
      const open = nested > 0 && opened.has(run.id);
      flat.push({ run, depth, nested, open, pinned: false });
      if (open && depth < 12) for (const child of below.get(run.id) ?? []) put(child, depth + 1);
    };
    for (const run of loaded) if (!held.has(run.id)) put(run, 0);
    return flat;
  }, [loaded, pinned, nests, children, opened, below]);
  return { query, isThere: data !== undefined, rows, loaded, total: total.data?.count, all: nests ? all.data?.count : total.data?.count, base, children };
}

function dataOfAll(found: ReadonlyArray<{ data: Tree | undefined }>): Array<Tree | undefined> {
  return found.map((one) => one.data);
}

function list(text: string | undefined): string[] {
  return (text ?? "").split(",").filter((one) => /^[0-9a-f]{32}$/.test(one));
}

/** Runs that are shown whatever the filter says, in the order they are named in. */
function useNamed(view: View, ids: readonly string[]): Run[] {
  const found = useQuery({
    ...runsQuery({
      experiment_ids: view.asked.experiment_ids,
      filter: `run_id IN (${ids.map(quoted).join(", ")})`,
      fields: fields(view.columns),
      view: "all",
      limit: Math.max(1, ids.length),
    }),
    enabled: ids.length > 0 && view.ready,
  });
  return useMemo(() => {
    const byId = new Map(found.data?.items.map((run) => [run.id, run]));
    return ids.map((id) => byId.get(id)).filter((run) => run !== undefined);
    // The ids are made anew each time, but say the same.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [found.data, ids.join()]);
}

/** Of runs that others are nested in: how many these are, and what their metrics come to. */
function useChildren(view: View): Children {
  const metrics = useMemo(() => view.columns.filter((one) => one.kind === "m").map((one) => one.key), [view.columns]);
  const by = useMemo(() => [`tags.${parentTag}`], []);
  const found = useQuery({
    ...groupsQuery(view.asked.experiment_ids, by, metrics.slice(0, 50), ""),
    enabled: view.ready && view.nests,
  });
  return useMemo(() => {
    const groups = found.data?.items ?? [];
    return new Map(groups.flatMap((one) => (one.values[0] ? [[one.values[0], { runs: one.runs, metrics: one.metrics }] as const] : [])));
  }, [found.data]);
}
