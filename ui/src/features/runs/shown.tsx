import { lazy, Suspense } from "react";
import { ApiError } from "@/api/client";
import type { Experiment, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { FirstSteps } from "@/components/first-steps";
import { EmptyState, ErrorState, Skeleton } from "@/components/states";
import { plural } from "@/lib/format";
import { Grid } from "./grid";
import { GroupTable } from "./group-table";
import { NoMatch } from "./no-match";
import css from "./runs-page.module.css";
import { Status } from "./status";
import type { Found } from "./use-runs";
import type { Selection } from "./use-selection";
import { spellSort } from "./use-view";
import type { View } from "./use-view";

const ChartsView = lazy(() => import("./charts/charts-view"));
const ParallelView = lazy(() => import("./charts/parallel-view"));

type Given = {
  view: View;
  experiment: Experiment | undefined;
  found: Found;
  selection: Selection;
  fresh: { count: number; show: () => void };
  toggle: (id: string) => void;
  apply: (filter: string) => void;
};

/** The runs, or why there are none to be seen. */
export function Shown(given: Given) {
  const { view, experiment, found, fresh, apply } = given;
  const { query, rows } = found;
  const isEmpty = found.total === 0 && rows.length === 0 && !view.filter && view.search.trash !== "1" && !query.error;
  if (view.search.group && view.mode === "table") return <GroupTable view={view} />;
  if (isEmpty) return <FirstSteps experiment={experiment?.name ?? "Default"} />;
  if (query.error instanceof ApiError && query.error.status === 400 && rows.length === 0) {
    return (
      <EmptyState title="The filter cannot be read">
        <p className="muted">What is wrong is underlined above.</p>
        <Button onClick={() => apply("")}>Show all runs</Button>
      </EmptyState>
    );
  }
  if (query.error && rows.length === 0) return <ErrorState error={query.error} what="The list of runs" retry={() => void query.refetch()} />;
  if (!found.isThere) return <Skeleton rows={14} />;
  return (
    <>
      <div className={css.status}>
        <Status view={view} total={found.total} loaded={found.loaded} all={found.all} />
        {fresh.count > 0 && (
          <button type="button" className={css.pill} onClick={fresh.show}>
            {plural(fresh.count, "new run")}
          </button>
        )}
      </div>
      {rows.length === 0 ? <NoMatch view={view} apply={apply} /> : view.mode === "table" ? <Table {...given} /> : <Drawn {...given} />}
    </>
  );
}

function Table({ view, found, selection, toggle }: Given) {
  const { search, change } = view;
  const act = (key: string, run: Run) => {
    if (key === "b") change({ base: search.base === run.id ? undefined : run.id });
    if (key === "p") change({ pin: toggled(search.pin, run.id) });
  };
  return (
    <Grid
      rows={found.rows}
      columns={view.columns}
      sort={view.sort}
      sortBy={(sort) => change({ sort: spellSort(sort) })}
      selected={selection.ids}
      select={selection.select}
      base={found.base}
      nested={found.children}
      toggle={toggle}
      act={act}
      need={found.need}
      dim={found.query.isPlaceholderData || found.query.error !== null}
    />
  );
}

function Drawn({ view, found, selection, apply }: Given) {
  return (
    <Suspense fallback={<Skeleton rows={10} />}>
      {view.mode === "parallel" ? (
        <ParallelView view={view} found={found} selection={selection} apply={apply} />
      ) : (
        <ChartsView view={view} found={found} selection={selection} />
      )}
    </Suspense>
  );
}

function toggled(list: string | undefined, id: string): string | undefined {
  const held = (list ?? "").split(",").filter(Boolean);
  return (held.includes(id) ? held.filter((one) => one !== id) : [...held, id]).join(",") || undefined;
}
