import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { pipelineRunsQuery } from "@/api/pipelines";
import { activityQuery, endpointsQuery, eventsQuery, experimentsQuery, modelsQuery, runsQuery } from "@/api/queries";
import type { Endpoint, Event, Experiment, PipelineRun, Run } from "@/api/schema";
import { FirstSteps } from "@/components/first-steps";
import { Link, to } from "@/components/link";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { Loaded, State } from "@/components/states";
import { Alias } from "@/components/tag";
import { Ago, useNow } from "@/components/time";
import { duration, grouped, number, plural } from "@/lib/format";
import { codeOf } from "./code";
import css from "./home.module.css";

const few = 8;

/** Is anything broken, what runs now, what is new? */
export function Home() {
  const experiments = useQuery(experimentsQuery());
  const ids = useMemo(() => (experiments.data?.items ?? []).map((one) => one.id), [experiments.data]);
  const names = useMemo(() => new Map(experiments.data?.items.map((one) => [one.id, one.name])), [experiments.data]);
  const asked = { experiment_ids: ids, fields: [], limit: few };
  const running = useQuery({ ...runsQuery({ ...asked, filter: "status = 'RUNNING'" }), enabled: ids.length > 0, refetchInterval: 15_000 });
  const failed = useQuery({ ...runsQuery({ ...asked, filter: "status = 'FAILED'" }), enabled: ids.length > 0 });
  const latest = useQuery({ ...runsQuery(asked), enabled: ids.length > 0 });
  const flowing = useQuery({ ...pipelineRunsQuery({ state: "RUNNING" }, few), refetchInterval: 15_000 });
  const broken = useQuery(pipelineRunsQuery({ state: "FAILED" }, few));
  const endpoints = useQuery(endpointsQuery());
  const models = useQuery(modelsQuery());
  if (latest.data?.items.length === 0 && flowing.data?.items.length === 0 && broken.data?.items.length === 0 && models.data?.items.length === 0 && endpoints.data?.items.length === 0) {
    return (
      <Page title="Welcome" name="Home">
        <FirstSteps title="Nothing here yet: three ways to begin" />
      </Page>
    );
  }
  return (
    <Page title="Home" name="Home" code={codeOf(window.location.origin)} facts={<Numbers ids={ids} endpoints={endpoints.data?.items} models={models.data?.items.length} />}>
      <div className={css.grid}>
        <Panel title="Endpoints" side={<Link to="/endpoints">All</Link>} flush>
          <Loaded query={endpoints} what="Endpoints">{({ items }) => <EndpointRows items={items} />}</Loaded>
        </Panel>
        <Panel title="Running now" flush>
          <PipelineRows items={flowing.data?.items ?? []} />
          <Loaded query={running} what="Running runs">
            {({ items }) => <RunRows items={items} names={names} none={flowing.data?.items.length ? "" : "Nothing runs at the moment"} />}
          </Loaded>
        </Panel>
        <Panel title="Latest runs" side={<Link to="/experiments">All experiments</Link>} flush>
          <Loaded query={latest} what="Latest runs">{({ items }) => <RunRows items={items} names={names} none="No runs yet" />}</Loaded>
        </Panel>
        <Panel title="Failed lately" flush>
          <PipelineRows items={broken.data?.items ?? []} />
          <Loaded query={failed} what="Failed runs">
            {({ items }) => <RunRows items={items} names={names} none={broken.data?.items.length ? "" : "No run has failed"} />}
          </Loaded>
        </Panel>
        <Panel title="Models" side={<Link to="/models">All</Link>} flush>
          <Loaded query={models} what="Models">
            {({ items }) => (
              <List none="No model is registered">
                {items
                  .toSorted((a, b) => b.updated_at - a.updated_at)
                  .slice(0, few)
                  .map((one) => (
                    <li key={one.name}>
                      <Link to={to.model(one.name)} className="ellipsis grow">
                        {one.name}
                      </Link>
                      {Object.entries(one.aliases).map(([alias, version]) => (
                        <span key={alias} className="row tight">
                          <Alias name={alias} /> <span className="muted">v{version}</span>
                        </span>
                      ))}
                      <span className="muted small">
                        <Ago at={one.updated_at} />
                      </span>
                    </li>
                  ))}
              </List>
            )}
          </Loaded>
        </Panel>
        <Panel title="What happened" flush>
          <Activity experiments={experiments.data?.items ?? []} />
        </Panel>
      </div>
    </Page>
  );
}

function Numbers({ ids, endpoints, models }: { ids: readonly string[]; endpoints: Endpoint[] | undefined; models: number | undefined }) {
  const activity = useQuery(activityQuery(ids));
  const sum = (pick: "runs" | "running") => (activity.data?.items ?? []).reduce((total, one) => total + one[pick], 0);
  if (!activity.data) return <span>&nbsp;</span>;
  return (
    <>
      <span>
        {plural(sum("runs"), "run")} in {plural(ids.length, "experiment")}
      </span>
      <span>{grouped(sum("running"))} running</span>
      {models !== undefined && <span>{plural(models, "model")}</span>}
      {endpoints && (
        <span>
          {endpoints.filter((one) => one.status.phase === "Ready").length} of {endpoints.length} endpoints ready
        </span>
      )}
    </>
  );
}

function List({ children, none }: { children: React.ReactNode[]; none: string }) {
  if (children.length === 0) return none && <p className={`${css.none} muted`}>{none}</p>;
  return <ul className={css.list}>{children}</ul>;
}

function RunRows({ items, names, none }: { items: readonly Run[]; names: ReadonlyMap<string, string>; none: string }) {
  const now = useNow();
  return (
    <List none={none}>
      {items.map((run) => (
        <li key={run.id}>
          <State of={run.status} short />
          <Link to={to.run(run.experiment_id, run.id)} className="ellipsis">
            {run.name}
          </Link>
          <Link to={to.experiment(run.experiment_id)} className="ellipsis muted small grow">
            {names.get(run.experiment_id) ?? ""}
          </Link>
          <span className="muted small">{duration((run.ended_at ?? now) - run.started_at)}</span>
          <span className="muted small">
            <Ago at={run.started_at} />
          </span>
        </li>
      ))}
    </List>
  );
}

function PipelineRows({ items }: { items: readonly PipelineRun[] }) {
  const now = useNow();
  return (
    <List none="">
      {items.map((run) => (
        <li key={run.id}>
          <State of={run.state} short />
          <Link to={to.pipelineRun(run.id)} className="ellipsis grow">
            {run.name}
          </Link>
          <Link to={run.pipeline_id ? to.pipeline(run.pipeline_id) : "/pipelines/runs"} className="ellipsis muted small">
            {run.pipeline}
          </Link>
          <span className="muted small">{duration((run.ended_at ?? now) - (run.started_at ?? now))}</span>
          <span className="muted small">
            <Ago at={run.started_at ?? run.created_at} />
          </span>
        </li>
      ))}
    </List>
  );
}

function EndpointRows({ items }: { items: readonly Endpoint[] }) {
  const trouble = (one: Endpoint) => (one.status.phase === "Ready" ? 1 : 0);
  return (
    <List none="Nothing is served yet: deploy a version from its model's page">
      {items
        .toSorted((a, b) => trouble(a) - trouble(b) || a.name.localeCompare(b.name))
        .slice(0, few)
        .map((one) => {
          const lately = one.revisions.map((each) => each.lately).filter((each) => each !== null);
          const asked = lately.reduce((sum, each) => sum + each.asked, 0);
          const slowest = Math.max(0, ...lately.map((each) => each.p90_ms));
          return (
            <li key={one.name}>
              <State of={one.status.phase} short />
              <Link to={to.endpoint(one.name)} className="ellipsis grow">
                {one.name}
              </Link>
              <span className="muted small ellipsis">{one.revision.model_uri.replace("models:/", "")}</span>
              {asked > 0 && (
                <span className={"muted small"}>
                  {grouped(asked)}/min · p90 {number(slowest)} ms
                </span>
              )}
            </li>
          );
        })}
    </List>
  );
}

function Activity({ experiments }: { experiments: readonly Experiment[] }) {
  const events = useQuery(eventsQuery(undefined, undefined, 60));
  const names = new Map(experiments.map((one) => [one.id, one.name]));
  return (
    <Loaded query={events} what="Events">
      {({ items }) => (
        <List none="Nothing has happened yet">
          {items
            .filter((event) => event.kind !== "artifact" && event.kind !== "run")
            .slice(0, few + 2)
            .map((event) => (
              <li key={event.id}>
                <span className="grow ellipsis">
                  {event.action.replace(".", " ").replaceAll("_", " ")} <Subject event={event} names={names} />
                </span>
                <span className="muted small">{event.actor}</span>
                <span className="muted small">
                  <Ago at={event.at} />
                </span>
              </li>
            ))}
        </List>
      )}
    </Loaded>
  );
}

function Subject({ event, names }: { event: Event; names: ReadonlyMap<string, string> }) {
  const { kind, subject, detail } = event;
  if (kind === "experiment") return <Link to={to.experiment(subject)}>{names.get(subject) ?? subject}</Link>;
  if (kind === "run" && detail.experiment) return <Link to={to.run(String(detail.experiment), subject)}>{subject.slice(0, 8)}</Link>;
  if (kind === "model") return <Link to={to.model(subject)}>{subject}</Link>;
  if (kind === "pipeline_run") return <Link to={to.pipelineRun(subject)}>{String(detail.name ?? subject.slice(0, 8))}</Link>;
  if (kind === "pipeline") return <Link to={to.pipeline(subject)}>{String(detail.name ?? subject.slice(0, 8))}</Link>;
  if (kind === "schedule") return <Link to={`/schedules?id=${subject}`}>{String(detail.name ?? subject.slice(0, 8))}</Link>;
  if (kind === "endpoint") return <Link to={to.endpoint(subject)}>{subject}</Link>;
  return <code>{subject.slice(0, 16)}</code>;
}
