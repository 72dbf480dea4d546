import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Code2, Download, MoreHorizontal, Trash2 } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { onEvent } from "@/api/events";
import { experimentQuery } from "@/api/queries";
import type { Experiment, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Snippets } from "@/components/code";
import { FirstSteps } from "@/components/first-steps";
import { Link, to } from "@/components/link";
import { Menu } from "@/components/overlay";
import { Page } from "@/components/page";
import { EmptyState, ErrorState, Skeleton } from "@/components/states";
import { Segments } from "@/components/tabs";
import { tellError } from "@/components/toasts";
import { conditions, without } from "@/lib/filter";
import { grouped, number, plural } from "@/lib/format";
import { direction } from "@/lib/metrics";
import { BulkBar, exportAll } from "./bulk-bar";
import { codeOf } from "./code";
import { ColumnPicker } from "./column-picker";
import { Chips, FilterBox } from "./filter-box";
import { Grid } from "./grid";
import { GroupPicker } from "./group-picker";
import { GroupTable } from "./group-table";
import css from "./runs-page.module.css";
import { SavedViews } from "./saved-views";
import { useRuns } from "./use-runs";
import { spellSort, useView } from "./use-view";
import type { View } from "./use-view";

const ChartsView = lazy(() => import("./charts-view"));
const ParallelView = lazy(() => import("./parallel-view"));
const mostLines = 1000;
const views = [
  { value: "table", label: "Table" },
  { value: "charts", label: "Charts" },
  { value: "parallel", label: "Parallel" },
];

export function RunsPage() {
  const { id = "" } = useParams({ strict: false });
  const experiment = useQuery(experimentQuery(id));
  if (experiment.error && !experiment.data) {
    return (
      <Page title="Experiment" name="Experiment" crumbs={[{ label: "Experiments", to: "/experiments" }]}>
        <ErrorState error={experiment.error} what={`Experiment ${id}`} retry={() => void experiment.refetch()} />
        <p>
          It may be in the <Link to="/experiments?trash=1">trash</Link>, or on another server.
        </p>
      </Page>
    );
  }
  return <Runs key={id} id={id} experiment={experiment.data} />;
}

function Runs({ id, experiment }: { id: string; experiment: Experiment | undefined }) {
  const view = useView(id);
  const { search, change } = view;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const found = useRuns(view, opened);
  const { rows, query } = found;
  const fresh = useFresh(id, query.data?.pages.length ?? 0);
  const byId = useMemo(() => new Map(rows.map((row) => [row.run.id, row.run])), [rows]);
  const chosen = useMemo(() => [...selected].map((one) => byId.get(one)).filter((run) => run !== undefined), [selected, byId]);
  const select = useCallback((ids: readonly string[], on: boolean) => {
    setSelected((before) => {
      const next = new Set(before);
      for (const one of ids) if (on) next.add(one); else next.delete(one);
      return next;
    });
  }, []);
  const toggle = useCallback((run: string) => setOpened((before) => (before.has(run) ? new Set([...before].filter((one) => one !== run)) : new Set([...before, run]))), []);
  const act = (key: string, run: Run) => {
    if (key === "b") change({ base: search.base === run.id ? undefined : run.id });
    if (key === "p") change({ pin: toggled(search.pin, run.id) });
  };
  const more = useCallback(() => {
    if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
  }, [query]);
  const wantsMany = search.view === "parallel" && found.loaded.length < mostLines;
  useEffect(() => {
    if (wantsMany) more();
  }, [wantsMany, more]);
  const mode = search.view === "charts" || search.view === "parallel" ? search.view : "table";
  const apply = (filter: string) => change({ q: filter || undefined }, true);
  const count = Math.max(rows.length, (found.total ?? 0) + (rows.length - found.loaded.length));
  const best = useBest(rows.map((row) => row.run), view);
  const isEmpty = found.total === 0 && rows.length === 0 && !view.filter && search.trash !== "1" && !query.error;
  return (
    <Page
      fill
      title={experiment?.name ?? " "}
      name={experiment?.name ?? "Experiment"}
      crumbs={[{ label: "Experiments", to: "/experiments" }]}
      facts={
        <>
          {best === null && <span>&nbsp;</span>}
          {best && (
            <span>
              best {best.key} <strong style={{ color: "var(--text)" }}>{number(best.value)}</strong> by{" "}
              <Link to={to.run(id, best.run.id)}>{best.run.name}</Link>
            </span>
          )}
        </>
      }
      actions={
        <>
          <Segments label="View" options={views} chosen={mode} choose={(value) => change({ view: value === "table" ? undefined : value }, true)} />
          <SavedViews experiment={experiment} />
          <Button aria-pressed={search.code === "1"} onClick={() => change({ code: search.code === "1" ? undefined : "1" })} title="The same as code">
            <Code2 size={14} aria-hidden /> Code
          </Button>
        </>
      }
    >
      <div className={css.tools}>
        <FilterBox value={view.filter} keys={view.keys} apply={apply} error={query.error} kept={rows.length > 0} />
        <GroupPicker view={view} />
        <ColumnPicker view={view} />
        <Menu
          trigger={
            <Button label="More">
              <MoreHorizontal size={14} aria-hidden />
            </Button>
          }
          actions={[
            { label: "Export all as CSV", icon: <Download size={14} />, act: () => void exportAll(view).catch(tellError) },
            "rule",
            {
              label: search.trash === "1" ? "Back to the runs" : "Deleted runs",
              icon: <Trash2 size={14} />,
              act: () => change({ trash: search.trash === "1" ? undefined : "1" }, true),
            },
          ]}
        />
      </div>
      {search.code === "1" && <Snippets snippets={codeOf(view, window.location.origin)} />}
      <Chips filter={view.filter} apply={apply} />
      {chosen.length > 0 && <BulkBar view={view} runs={chosen} done={() => setSelected(new Set())} />}
      <div className={css.body}>
        {search.group && mode === "table" ? (
          <GroupTable view={view} />
        ) : isEmpty ? (
          <FirstSteps experiment={experiment?.name ?? "Default"} />
        ) : query.error instanceof ApiError && query.error.status === 400 && rows.length === 0 ? (
          <EmptyState title="The filter cannot be read">
            <p className="muted">What is wrong is underlined above.</p>
            <Button onClick={() => apply("")}>Show all runs</Button>
          </EmptyState>
        ) : query.error && rows.length === 0 ? (
          <ErrorState error={query.error} what="The list of runs" retry={() => void query.refetch()} />
        ) : !found.isThere ? (
          <Skeleton rows={14} />
        ) : (
          <>
            <div className={css.status}>
              <Status view={view} total={found.total} loaded={found.loaded.length} all={found.all} />
              {fresh.count > 0 && (
                <button type="button" className={css.pill} onClick={fresh.show}>
                  {plural(fresh.count, "new run")}
                </button>
              )}
            </div>
            {rows.length === 0 ? (
              <NoMatch view={view} apply={apply} />
            ) : mode === "table" ? (
              <Grid
                rows={rows}
                count={count}
                columns={view.columns}
                sort={view.sort}
                sortBy={(sort) => change({ sort: spellSort(sort) })}
                selected={selected}
                select={select}
                base={found.base}
                nested={found.children}
                toggle={toggle}
                act={act}
                more={more}
                dim={query.isPlaceholderData || query.error !== null}
              />
            ) : (
              <Suspense fallback={<Skeleton rows={10} />}>
                {mode === "charts" ? (
                  <ChartsView view={view} runs={chosen.length > 0 ? chosen : rows.map((row) => row.run)} chosen={chosen.length > 0} />
                ) : (
                  <ParallelView view={view} runs={rows.map((row) => row.run)} selected={selected} apply={apply} />
                )}
              </Suspense>
            )}
          </>
        )}
      </div>
    </Page>
  );
}

function toggled(list: string | undefined, id: string): string | undefined {
  const held = (list ?? "").split(",").filter(Boolean);
  return (held.includes(id) ? held.filter((one) => one !== id) : [...held, id]).join(",") || undefined;
}

function Status({ view, total, loaded, all }: { view: View; total: number | undefined; loaded: number; all: number | undefined }) {
  if (total === undefined) return <span className="muted">&nbsp;</span>;
  const text = view.filter ? `${grouped(total)} match` : view.nests && all !== total ? `${grouped(total)} at the top, ${grouped(all ?? 0)} with nested ones` : plural(total, "run");
  return (
    <>
      <span className="muted" role="status">
        {text}
        {view.search.view && loaded < total ? `, the first ${grouped(loaded)} shown` : ""}
      </span>
      {view.hasNested && !view.filter && (
        <label className="row tight">
          <input type="checkbox" checked={view.search.flat !== "1"} onChange={(event) => view.change({ flat: event.target.checked ? undefined : "1" })} />
          Nested runs below their parents
        </label>
      )}
      {view.search.base && (
        <Button small quiet onClick={() => view.change({ base: undefined })}>
          No baseline
        </Button>
      )}
    </>
  );
}

/** What to leave out so that something matches. */
function NoMatch({ view, apply }: { view: View; apply: (filter: string) => void }) {
  const found = conditions(view.filter);
  return (
    <EmptyState title={view.search.trash === "1" ? "No deleted runs" : "No run matches"}>
      {found.length > 1 && <p className="muted">Without one of the conditions:</p>}
      <div className="row wrap">
        {found.length > 1 &&
          found.map((one, at) => (
            <Button key={one.text} onClick={() => apply(without(view.filter, at))}>
              <span className="mono" style={{ textDecoration: "line-through" }}>{one.text}</span>
            </Button>
          ))}
        {view.filter && <Button onClick={() => apply("")}>Show all runs</Button>}
      </div>
    </EmptyState>
  );
}

/** The best by the first metric in sight that says which way is better. */
function useBest(runs: readonly Run[], view: View): { key: string; value: number; run: Run } | null {
  return useMemo(() => {
    const key = view.columns.find((one) => one.kind === "m" && direction(one.key) !== null)?.key;
    if (!key) return null;
    let best: { key: string; value: number; run: Run } | null = null;
    for (const run of runs) {
      const value = run.metrics.find((one) => one.key === key)?.value;
      if (typeof value !== "number") continue;
      if (best === null || (direction(key) === "up" ? value > best.value : value < best.value)) best = { key, value, run };
    }
    return best;
  }, [runs, view.columns]);
}

/** New runs do not push away what somebody reads: far from the top, they wait until they are asked for. */
function useFresh(experiment: string, pages: number): { count: number; show: () => void } {
  const client = useQueryClient();
  const [count, setCount] = useState(0);
  const loaded = useRef(pages);
  loaded.current = pages;
  const show = useCallback(() => {
    setCount(0);
    void client.resetQueries({ predicate: (one) => one.queryKey[0] === "runs" && one.queryKey[1] === "pages" });
  }, [client]);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      if (event.kind !== "run") return;
      const isNew = event.action === "run.created";
      if (isNew && String(event.detail.experiment) !== experiment) return;
      const grid = document.querySelector("[data-grid]");
      const atTop = !grid || grid.scrollTop < 40;
      if (isNew && (!atTop || loaded.current > 1)) {
        setCount((before) => before + 1);
        return;
      }
      if (loaded.current > 1) return;
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void client.invalidateQueries({ predicate: (one) => one.queryKey[0] === "runs" && one.queryKey[1] === "pages" });
      }, 1500);
    });
    return () => {
      stop();
      clearTimeout(waiting);
    };
  }, [client, experiment]);
  return { count, show };
}
