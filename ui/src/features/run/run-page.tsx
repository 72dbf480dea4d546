import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Pencil, RotateCcw, Target, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useDeleteRuns, useRenameRun, useRestoreRuns } from "@/api/changes";
import { experimentQuery, linksQuery, runQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { Button } from "@/components/button";
import { ChartSettingsBar, useChartSettings } from "@/components/chart/chart-settings";
import { ChildrenCharts } from "@/components/chart/children-charts";
import { MetricChart } from "@/components/chart/metric-chart";
import panels from "@/components/chart/metric-chart.module.css";
import { CopyButton } from "@/components/code";
import { Field, Input } from "@/components/field";
import { Link, to } from "@/components/link";
import { Dialog, Menu } from "@/components/overlay";
import { Page } from "@/components/page";
import { ErrorState, Skeleton, State } from "@/components/states";
import { Swatch } from "@/components/swatch";
import { Tabs } from "@/components/tabs";
import { Ago, useNow } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { duration, plural } from "@/lib/format";
import { isSystem } from "@/lib/metrics";
import { dataOf, pipelineTag } from "@/lib/run-data";
import { Baseline } from "./baseline";
import { codeOf } from "./code";
import { Headline } from "./headline";
import { Lineage } from "./lineage";
import { Overview } from "./overview";
import { useNeighbours } from "./use-neighbours";

const Artifacts = lazy(() => import("./artifacts"));
const Console = lazy(() => import("./console"));

export function RunPage() {
  const { id = "", run: runId = "" } = useParams({ strict: false });
  const run = useQuery({ ...runQuery(runId), refetchInterval: (found) => (found.state.data?.status === "RUNNING" ? 3000 : false) });
  const experiment = useQuery(experimentQuery(run.data?.experiment_id ?? id));
  const [{ base }] = useAddress();
  const crumbs = [
    { label: "Experiments", to: "/experiments" },
    { label: experiment.data?.name ?? id, to: to.experiment(run.data?.experiment_id ?? id, base ? `?base=${base}` : "") },
  ];
  if (run.data) return <Shown key={runId} run={run.data} crumbs={crumbs} />;
  return (
    <Page title={run.error ? "There is no such run" : " "} name="Run" crumbs={crumbs}>
      {run.error ? (
        <>
          <ErrorState error={run.error} what={`Run ${runId}`} retry={() => void run.refetch()} />
          <p>
            Look for it by name or id with <kbd>Ctrl</kbd> <kbd>K</kbd>, or see <Link to={to.experiment(id)}>all runs of the experiment</Link>.
          </p>
        </>
      ) : (
        <Skeleton rows={10} />
      )}
    </Page>
  );
}

function Shown({ run, crumbs }: { run: Run; crumbs: Array<{ label: string; to: string }> }) {
  const [search, change] = useAddress();
  const links = useQuery(linksQuery(run.id));
  const metrics = run.metrics.map((one) => one.key);
  const model = metrics.filter((key) => !isSystem(key));
  const system = metrics.filter(isSystem);
  const tabs = [
    { value: "overview", label: "Overview" },
    { value: "charts", label: `Charts ${model.length || ""}` },
    { value: "artifacts", label: "Artifacts" },
    ...(dataOf(run).t.has(pipelineTag) ? [{ value: "log", label: "Log" }] : []),
    ...(system.length > 0 ? [{ value: "system", label: "System" }] : []),
  ];
  const tab = tabs.some((one) => one.value === search.tab) ? search.tab : "overview";
  return (
    <Page
      title={
        <span className="row wrap">
          <Swatch run={run} />
          {run.name} <span style={{ fontSize: 13, fontWeight: 400 }}><State of={run.status} /></span>
        </span>
      }
      name={run.name}
      crumbs={crumbs}
      facts={<Facts run={run} />}
      actions={<Actions run={run} />}
      code={codeOf(run, window.location.origin)}
    >
      {run.lifecycle === "deleted" && <InTrash run={run} />}
      {links.data && <Lineage run={run} links={links.data} />}
      <Baseline run={run} />
      <Headline run={run} />
      <Tabs label="About this run" tabs={tabs} chosen={tab ?? "overview"} choose={(value) => change({ tab: value === "overview" ? undefined : value, path: undefined, line: undefined, row: undefined }, true)} />
      {tab === "overview" && <Overview run={run} links={links.data} />}
      {tab === "charts" && <Charts run={run} keys={model} />}
      {tab === "system" && <Charts run={run} keys={system} />}
      <Suspense fallback={<Skeleton />}>
        {tab === "artifacts" && <Artifacts run={run} />}
        {tab === "log" && <Console run={run} />}
      </Suspense>
    </Page>
  );
}

function Facts({ run }: { run: Run }) {
  const now = useNow();
  const tags = dataOf(run).t;
  const commit = tags.get("mlflow.source.git.commit");
  const source = tags.get("mlflow.source.name");
  return (
    <>
      <span className="row tight mono">
        {run.id.slice(0, 8)} <CopyButton text={run.id} label="Copy the run's id" />
      </span>
      <span>
        started <Ago at={run.started_at} />
      </span>
      <span>{run.ended_at === null ? `running for ${duration(now - run.started_at)}` : `took ${duration(run.ended_at - run.started_at)}`}</span>
      {run.user && <span>by {run.user}</span>}
      {source && <span className="mono">{source}</span>}
      {commit && (
        <span className="row tight mono">
          {commit.slice(0, 8)} <CopyButton text={commit} label="Copy the commit" />
        </span>
      )}
    </>
  );
}

function Actions({ run }: { run: Run }) {
  const [search, change] = useAddress();
  const [renaming, setRenaming] = useState(false);
  const { previous, next } = useNeighbours(run);
  const remove = useDeleteRuns();
  const restore = useRestoreRuns();
  const toTrash = () =>
    remove.mutate([run.id], {
      onSuccess: () => tell(`${run.name} is in the trash`, () => restore.mutate([run.id], { onError: tellError })),
      onError: tellError,
    });
  return (
    <>
      <Button onClick={previous} label="Newer run ([)">
        <ChevronLeft size={16} aria-hidden />
      </Button>
      <Button onClick={next} label="Older run (])">
        <ChevronRight size={16} aria-hidden />
      </Button>
      <Menu
        trigger={<Button>Actions</Button>}
        actions={[
          { label: "Rename…", icon: <Pencil size={14} />, act: () => setRenaming(true) },
          search.base === run.id
            ? { label: "No baseline", icon: <Target size={14} />, act: () => change({ base: undefined }) }
            : { label: "Make it the baseline", icon: <Target size={14} />, act: () => change({ base: run.id }) },
          run.lifecycle === "deleted"
            ? { label: "Restore", icon: <RotateCcw size={14} />, act: () => restore.mutate([run.id], { onError: tellError }) }
            : { label: "Delete", icon: <Trash2 size={14} />, act: toTrash, danger: true },
        ]}
      />
      {renaming && <Rename run={run} close={() => setRenaming(false)} />}
    </>
  );
}

function InTrash({ run }: { run: Run }) {
  const restore = useRestoreRuns();
  return (
    <div className="row" role="status">
      <Trash2 size={16} aria-hidden /> This run is in the trash.
      <Button small onClick={() => restore.mutate([run.id], { onError: tellError })}>
        Restore
      </Button>
    </div>
  );
}

function Rename({ run, close }: { run: Run; close: () => void }) {
  const [name, setName] = useState(run.name);
  const rename = useRenameRun();
  const save = () => rename.mutate({ id: run.id, name: name.trim() }, { onSuccess: close, onError: tellError });
  return (
    <Dialog
      title="Rename the run"
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button primary disabled={!name.trim() || name === run.name} onClick={save}>
            Rename
          </Button>
        </>
      }
    >
      <Field label="Name">
        <Input value={name} autoFocus onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Enter" && save()} />
      </Field>
    </Dialog>
  );
}

function Charts({ run, keys }: { run: Run; keys: readonly string[] }) {
  const settings = useChartSettings();
  const [search] = useAddress();
  const base = useQuery({ ...runQuery(search.base ?? ""), enabled: Boolean(search.base) && search.base !== run.id });
  if (keys.length === 0) return <ChildrenCharts id={run.id} />;
  const runs = base.data ? [run, base.data] : [run];
  return (
    <div className="stack">
      <ChartSettingsBar />
      <div className={panels.panels}>
        {keys.slice(0, 200).map((key) => (
          <MetricChart key={key} metric={key} runs={runs} settings={settings} {...(search.base ? { baseline: search.base } : {})} />
        ))}
      </div>
      {keys.length > 200 && <p className="muted">The first 200 of {plural(keys.length, "metric")}.</p>}
    </div>
  );
}
