import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { call } from "@/api/client";
import { countQuery, groupsQuery, runsQuery, treeQuery } from "@/api/queries";
import type { Run, Spread, Tree } from "@/api/schema";
import { quoted } from "@/lib/filter";
import { parentTag } from "@/lib/run-data";
import { useFar } from "./use-far";
import { named } from "./use-selection";
import type { View } from "./use-view";

const first = 100;
const further = 1000;
const live = 4000;
/** So many groups are answered at once. */
const mostGroups = 1000;
/** Whoever is this much further down has jumped there. */
const leap = 200;

export type Row = { run: Run; depth: number; nested: number; open: boolean; pinned: boolean };
export type Children = ReadonlyMap<string, { runs: number; metrics: Record<string, Spread> }>;

/** The first page is small, so that it is soon there; those after it are large, since whoever scrolls wants many. */
const pages = (asked: View["asked"]) =>
  infiniteQueryOptions({
    queryKey: ["runs", "pages", asked],
    queryFn: ({ pageParam, signal }) =>
      call(
        "POST /api/v1/runs/search",
        { body: { ...asked, limit: pageParam === null ? first : further, page_token: pageParam, with_total: pageParam === null && !asked.filter } },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_page_token ?? null,
    placeholderData: keepPreviousData,
  });

export type Found = ReturnType<typeof useRuns>;

export function useRuns(view: View, opened: ReadonlySet<string>, selected: ReadonlySet<string>) {
  const { asked, nests, search } = view;
  const query = useInfiniteQuery({
    ...pages(asked),
    enabled: view.ready && !search.group,
    refetchInterval: (found) => {
      const loaded = found.state.data?.pages ?? [];
      return loaded.length === 1 && loaded[0]?.items.some((run) => run.status === "RUNNING") ? live : false;
    },
  });
  const { children, tops, whole } = useChildren(view);
  const nested = nests && asked.view !== "deleted"; // what is in the trash is in no group
  // Those that match a filter are counted while the first are looked at; where all are on the first page, nobody need.
  const counted = useQuery({
    ...countQuery(asked.experiment_ids, asked.filter ?? "", asked.view === "deleted" ? "deleted" : "active"),
    enabled: view.ready && !query.error && query.hasNextPage && Boolean(asked.filter) && (nested ? whole === null : true),
  });
  const all = useQuery({ ...countQuery(asked.experiment_ids, "", "active"), enabled: view.ready && nests && whole === null });
  const pinned = useNamed(view, named(search.pin));
  const [base] = useNamed(view, named(search.base));
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
  const near = useMemo((): Row[] => {
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
  const count = query.data && !query.hasNextPage && !query.isPlaceholderData ? loaded.length : (query.data?.pages[0]?.total ?? (nested ? tops : undefined) ?? counted.data?.count);
  const beside = near.length - loaded.length;
  const { far, reach } = useFar(asked);
  const rows = useMemo(() => {
    const all: Array<Row | undefined> = [...near];
    if (count !== undefined && query.hasNextPage) all.length = Math.max(near.length, count + beside);
    for (const [at, run] of far) if (at + beside >= near.length && at + beside < all.length) all[at + beside] = { run, depth: 0, nested: 0, open: false, pinned: false };
    return all;
  }, [near, far, count, beside, query.hasNextPage]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const need = useCallback(
    (first: number, last: number) => {
      if (last < near.length - 20 || near.length >= rows.length) return;
      if (nests || first <= near.length + leap) more();
      else reach(first - beside, last - beside);
    },
    [near.length, rows.length, beside, nests, more, reach],
  );
  const runs = useMemo(() => near.map((row) => row.run), [near]);
  const chosen = useChosen(view, selected, rows, data !== undefined);
  return { query, isThere: data !== undefined, rows, runs, loaded: loaded.length, total: count, all: nests ? (whole ?? all.data?.count) : count, base, children, chosen, need, more };
}

function dataOfAll(found: ReadonlyArray<{ data: Tree | undefined }>): Array<Tree | undefined> {
  return found.map((one) => one.data);
}

/** Runs that are shown whatever the filter says, in the order they are named in. */
function useNamed(view: View, ids: readonly string[]): Run[] {
  const found = useQuery({
    ...runsQuery({
      experiment_ids: view.asked.experiment_ids,
      filter: `run_id IN (${ids.map(quoted).join(", ")})`,
      fields: view.asked.fields ?? null,
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

type Nested = { children: Children; tops: number | undefined; whole: number | null | undefined };

/** Of runs that others are nested in: how many these are, and what their metrics come to; how many are nested in none, and
 * how many there are in all, which is null where there are too many groups to tell. */
function useChildren(view: View): Nested {
  const metrics = useMemo(() => view.columns.filter((one) => one.kind === "m").map((one) => one.key), [view.columns]);
  const by = useMemo(() => [`tags.${parentTag}`], []);
  const found = useQuery({
    ...groupsQuery(view.asked.experiment_ids, by, metrics.slice(0, 50), ""),
    enabled: view.ready && view.nests,
  });
  return useMemo(() => {
    const groups = found.data?.items ?? [];
    const children = new Map(groups.flatMap((one) => (one.values[0] ? [[one.values[0], { runs: one.runs, metrics: one.metrics }] as const] : [])));
    if (!found.data) return { children, tops: undefined, whole: undefined };
    const tops = groups.find((one) => one.values[0] === null)?.runs;
    return { children, tops, whole: groups.length < mostGroups ? groups.reduce((sum, one) => sum + one.runs, 0) : null };
  }, [found.data]);
}

/** The runs that are selected, also those that are not among the rows. */
function useChosen(view: View, selected: ReadonlySet<string>, rows: ReadonlyArray<Row | undefined>, isThere: boolean): Run[] {
  const byId = useMemo(() => {
    const found = new Map<string, Run>();
    if (selected.size > 0) rows.forEach((row) => row && selected.has(row.run.id) && found.set(row.run.id, row.run));
    return found;
  }, [rows, selected]);
  const others = useNamed(view, isThere ? [...selected].filter((id) => !byId.has(id)).slice(0, further) : []);
  return useMemo(() => {
    for (const run of others) byId.set(run.id, run);
    return [...selected].map((id) => byId.get(id)).filter((run) => run !== undefined);
  }, [selected, byId, others]);
}
