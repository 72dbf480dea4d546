import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { pipelineRunQuery, runDocumentQuery } from "@/api/pipelines";
import type { PipelineRunDetail } from "@/api/schema";
import { Link, to } from "@/components/link";
import { CopyButton } from "@/components/code";
import { Page } from "@/components/page";
import { Segments } from "@/components/tabs";
import { Ago } from "@/components/time";
import { ErrorState, Skeleton, State } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { duration, plural } from "@/lib/format";
import { plansOf } from "@/lib/pipelines/ir";
import { nodesOf, openOf, openText, pathTo, stepsOf, tallyOf, usual } from "@/lib/pipelines/run-graph";
import type { Node, Open } from "@/lib/pipelines/run-graph";
import { runCode } from "./code";
import { Graph } from "./graph";
import { Counts } from "./node";
import css from "./pipelines.module.css";
import { RunActions } from "./run-actions";
import { RunLineage } from "./run-lineage";
import { useNarrow, useTicking } from "./hooks";
import { TaskPanel } from "./task-panel";
import { Timeline } from "./timeline";
import { Values } from "./values";

const crumbs = [
  { label: "Pipelines", to: "/pipelines" },
  { label: "Runs", to: "/pipelines/runs" },
];
const views = [
  { value: "graph", label: "Graph" },
  { value: "timeline", label: "Timeline" },
];
const ended = (state: string) => ["SUCCEEDED", "FAILED", "CANCELED"].includes(state);

/** How often a run is asked for: less often, the more there is to tell. */
const pause = (tasks: number) => Math.min(5000, Math.max(1000, tasks * 3));

export function PipelineRunPage() {
  const { run = "" } = useParams({ strict: false });
  const found = useQuery({
    ...pipelineRunQuery(run),
    refetchInterval: ({ state: { data } }) => (data && !ended(data.run.state) ? pause(data.tasks.length) : false),
  });
  if (found.data) return <Shown key={run} detail={found.data} />;
  return (
    <Page title="Run of a pipeline" name="Run of a pipeline" crumbs={crumbs}>
      {found.error ? <ErrorState error={found.error} what="This run" retry={() => void found.refetch()} /> : <Skeleton />}
    </Page>
  );
}

function Shown({ detail }: { detail: PipelineRunDetail }) {
  const { run, tasks } = detail;
  const [search, change] = useAddress();
  const document = useQuery(runDocumentQuery(run.id));
  const narrow = useNarrow();
  const now = useTicking(!ended(run.state));
  const plans = useMemo(() => plansOf(document.data?.document), [document.data]);
  const target = useMemo(() => (search.task ? pathTo(search.task, tasks) : null), [search.task, tasks]);
  const open = useMemo(() => {
    const wanted = openOf(search.open, usual(plans));
    return search.open === undefined && target ? new Map([...wanted, ...target.open]) : wanted;
  }, [search.open, plans, target]);
  const nodes = useMemo(() => nodesOf(plans, tasks, open), [plans, tasks, open]);
  const task = tasks.find((one) => one.id === search.task) ?? null;
  const [waiting, setWaiting] = useState<Node | null>(null); // a task that has not begun has no id to keep in the address
  useEffect(() => {
    if (search.task) setWaiting(null);
  }, [search.task]);
  const choose = (node: Node) => {
    setWaiting(node.task ? null : node);
    change({ task: node.task?.id, log: node.task?.id === search.task ? search.log : undefined, open: openText(open) });
  };
  const close = () => {
    setWaiting(null);
    change({ task: undefined, log: undefined });
  };
  const setOpen = (next: Open) => change({ open: openText(next) });
  const view = search.view ?? (narrow ? "timeline" : "graph");
  const shared = { nodes, open, setOpen, chosen: waiting?.path ?? target?.path ?? "", choose, now };
  return (
    <Page
      title={
        <span className="row wrap">
          {run.name}
          <span style={{ fontSize: 13, fontWeight: 400 }} role="status">
            <State of={run.state} />
          </span>
        </span>
      }
      name={run.name}
      crumbs={crumbs}
      facts={<Facts detail={detail} now={now} />}
      actions={<RunActions run={run} document={document.data?.document} />}
      code={runCode(run, window.location.origin)}
    >
      <RunLineage run={run} />
      <Failure detail={detail} />
      <div className="row wrap">
        <Segments label="View" options={views} chosen={view} choose={(value) => change({ view: value })} />
        <Progress detail={detail} />
      </div>
      <div className={css.split} data-panel={task !== null || waiting !== null}>
        {document.error ? (
          <ErrorState error={document.error} what="The graph" retry={() => void document.refetch()} />
        ) : !document.data ? (
          <Skeleton />
        ) : view === "timeline" ? (
          <Timeline {...shared} />
        ) : (
          <Graph {...shared} label={`Graph of ${run.name}`} />
        )}
        {(task ?? waiting) && (
          <TaskPanel run={run.id} task={task} plan={waiting?.plan ?? planAt(nodes, target?.path)} document={document.data?.document} now={now} close={close} />
        )}
      </div>
      <details className={css.parameters} open={Object.keys(run.parameters).length > 0 && Object.keys(run.parameters).length <= 8}>
        <summary>{plural(Object.keys(run.parameters).length, "parameter")}</summary>
        <Values of={run.parameters} none="This run was given none." />
      </details>
    </Page>
  );
}

function planAt(nodes: readonly Node[], path: string | undefined): Node["plan"] {
  for (const node of nodes) {
    if (node.path === path) return node.plan;
    const inner = planAt(node.inside ?? [], path);
    if (inner) return inner;
  }
  return null;
}

function Facts({ detail: { run }, now }: { detail: PipelineRunDetail; now: number }) {
  return (
    <>
      {run.pipeline_id ? <Link to={to.pipeline(run.pipeline_id, run.version_id ? `?version=${run.version_id}` : "")}>{run.pipeline}</Link> : <span>{run.pipeline}</span>}
      <span>
        started <Ago at={run.started_at ?? run.created_at} />
      </span>
      {run.started_at && <span>{duration((run.ended_at ?? now) - run.started_at)}</span>}
      {run.user && <span>by {run.user}</span>}
      {run.schedule_id && <Link to={`/schedules?id=${run.schedule_id}`}>by schedule</Link>}
      {run.archived && <span>archived</span>}
      <span className="row tight mono">
        {run.id.slice(0, 8)} <CopyButton text={run.id} label="Copy the id" />
      </span>
    </>
  );
}

function Progress({ detail: { tasks } }: { detail: PipelineRunDetail }) {
  const steps = stepsOf(tasks);
  const over = steps.filter((one) => !["PENDING", "WAITING", "RUNNING"].includes(one.state)).length;
  const tally = tallyOf(steps.map((one) => one.state));
  return (
    <span className="row small muted" style={{ flex: "1 1 240px" }}>
      <span aria-live="polite">
        {over} of {plural(steps.length, "step")} done
      </span>
      <Counts tally={tally} />
    </span>
  );
}

/** Why it failed, with the way to the tasks that did. */
function Failure({ detail: { run, tasks } }: { detail: PipelineRunDetail }) {
  const [, change] = useAddress();
  const failed = stepsOf(tasks).filter((one) => one.state === "FAILED");
  if (!run.error && failed.length === 0) return null;
  return (
    <div className={css.failure} role="alert">
      {failed.length === 0 && <strong>{run.error?.message}</strong>}
      {failed.slice(0, 3).map((one) => (
        <div key={one.id} className="row" style={{ alignItems: "flex-start" }}>
          <button type="button" className={css.culprit} onClick={() => change({ task: one.id, log: undefined, open: undefined })}>
            {one.display_name}
            {one.iteration !== null && ` (round ${one.iteration + 1})`}
          </button>
          <span className={css.cause}>{lastLine(one.error?.message ?? "failed")}</span>
        </div>
      ))}
      {failed.length > 3 && <span className="muted">and {plural(failed.length - 3, "more step")}</span>}
    </div>
  );
}

/** Tracebacks end with what went wrong. */
function lastLine(message: string): string {
  return message.trim().split("\n").findLast((line) => line.trim() !== "") ?? "";
}
