import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { experimentQuery } from "@/api/queries";
import type { Experiment } from "@/api/schema";
import { Link } from "@/components/link";
import { Page } from "@/components/page";
import { ErrorState } from "@/components/states";
import { Segments } from "@/components/tabs";
import { BestRun } from "./best";
import { BulkBar } from "./bulk-bar";
import { codeOf } from "./code";
import { ExperimentLineage } from "./experiment-lineage";
import { Chips } from "./filter-box";
import css from "./runs-page.module.css";
import { SavedViews } from "./saved-views";
import { Shown } from "./shown";
import { Tools } from "./tools";
import { useBest } from "./use-best";
import { useFresh } from "./use-fresh";
import { useRuns } from "./use-runs";
import { useSelection } from "./use-selection";
import { laysOut, useView } from "./use-view";
import type { View } from "./use-view";

const mostPoints = 1000;
const mostLines = 10_000;
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
  const view = useView(id, experiment);
  const { change } = view;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const selection = useSelection(view);
  const found = useRuns(view, opened, selection.ids);
  const best = useBest(view, found);
  const fresh = useFresh(id, found.query.data?.pages.length ?? 0);
  const toggle = useCallback((run: string) => setOpened((before) => (before.has(run) ? new Set([...before].filter((one) => one !== run)) : new Set([...before, run]))), []);
  const wantsMany = laysOut(view.mode) && found.loaded < (view.mode === "parallel" ? mostLines : mostPoints);
  const { more } = found;
  useEffect(() => {
    if (wantsMany) more();
  }, [wantsMany, more]);
  const apply = (filter: string) => change({ q: filter || undefined }, true);
  return (
    <Page
      fill
      title={experiment?.name ?? " "}
      name={experiment?.name ?? "Experiment"}
      crumbs={[{ label: "Experiments", to: "/experiments" }]}
      skip={view.mode === "table" && <SkipLink />}
      facts={<BestRun view={view} best={best} experiment={experiment} />}
      actions={<Views view={view} experiment={experiment} />}
      code={codeOf(view, window.location.origin)}
    >
      {view.search.thread === "1" && <div className={css.thread}>{experiment && best.run && <ExperimentLineage experiment={experiment} best={best.run} />}</div>}
      <Tools view={view} found={found} apply={apply} />
      <Chips filter={view.filter} apply={apply} />
      {selection.ids.size > 0 && <BulkBar view={view} runs={found.chosen} done={selection.clear} />}
      <div className={css.body}>
        <Shown view={view} experiment={experiment} found={found} selection={selection} fresh={fresh} toggle={toggle} apply={apply} />
      </div>
    </Page>
  );
}

/** Past everything above the table, for those who go by Tab. */
function SkipLink() {
  return (
    <a
      href="#runs"
      className={css.skip}
      onClick={(event) => {
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-grid]")?.focus();
      }}
    >
      Skip to the runs
    </a>
  );
}

function Views({ view, experiment }: { view: View; experiment: Experiment | undefined }) {
  const { change } = view;
  const chosen = view.mode === "table" || view.mode === "parallel" ? view.mode : "charts";
  return (
    <>
      <Segments label="View" options={views} chosen={chosen} choose={(value) => change({ view: value === "table" ? undefined : value }, true)} />
      <SavedViews experiment={experiment} />
    </>
  );
}
