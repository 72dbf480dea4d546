import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { pipelineRunsQuery } from "@/api/pipelines";
import { endpointsQuery, experimentsQuery, modelsQuery, recentQuery } from "@/api/queries";
import type { Endpoint, PipelineRun, Recent, Run } from "@/api/schema";
import { FirstSteps } from "@/components/first-steps";
import { Link, to } from "@/components/link";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { Loaded, State } from "@/components/states";
import { Alias } from "@/components/tag";
import { Ago, useNow } from "@/components/time";
import { duration, grouped, number, plural } from "@/lib/format";
import { Activity } from "./activity";
import { codeOf } from "./code";
import css from "./home.module.css";
import { List } from "./list";

const few = 8;

/** Is anything broken, what runs now, what is new? */
export function Home() {
  const experiments = useQuery(experimentsQuery());
  const ids = useMemo(() => (experiments.data?.items ?? []).map((one) => one.id), [experiments.data]);
  const names = useMemo(() => new Map(experiments.data?.items.map((one) => [one.id, one.name])), [experiments.data]);
  const recent = useQuery({ ...recentQuery({ experiment_ids: ids, limit: few }), enabled: experiments.isSuccess });
  const flowing = useQuery(pipelineRunsQuery({ state: "RUNNING" }, few));
  const broken = useQuery(pipelineRunsQuery({ state: "FAILED" }, few));
  const endpoints = useQuery(endpointsQuery());
  const models = useQuery(modelsQuery());
  if (recent.data?.total === 0 && flowing.data?.items.length === 0 && broken.data?.items.length === 0 && models.data?.items.length === 0 && endpoints.data?.items.length === 0) {
    return (
      <Page title="Welcome" name="Home">
        <FirstSteps title="Nothing here yet: three ways to begin" />
      </Page>
    );
  }
  return (
    <Page title="Home" name="Home" code={codeOf(window.location.origin)} facts={<Numbers runs={recent.data} experiments={ids.length} endpoints={endpoints.data?.items} models={models.data?.items.length} />}>
      <div className={css.grid}>
        <Panel title="Endpoints" side={<Link to="/endpoints">All</Link>} flush>
          <Loaded query={endpoints} what="Endpoints" rows={1}>{({ items }) => <EndpointRows items={items} />}</Loaded>
        </Panel>
        <Panel title="Running now" flush>
          <PipelineRows items={flowing.data?.items ?? []} />
          <Loaded query={recent} what="Running runs" rows={1}>
            {({ running }) => <RunRows items={running} names={names} none={flowing.data?.items.length ? "" : "Nothing runs at the moment"} />}
          </Loaded>
        </Panel>
        <Panel title="Latest runs" side={<Link to="/experiments">All experiments</Link>} flush>
          <Loaded query={recent} what="Latest runs" rows={10}>{({ latest }) => <RunRows items={latest} names={names} none="No runs yet" />}</Loaded>
        </Panel>
        <Panel title="Failed lately" flush>
          <PipelineRows items={broken.data?.items ?? []} />
          <Loaded query={recent} what="Failed runs" rows={1}>
            {({ failed }) => <RunRows items={failed} names={names} none={broken.data?.items.length ? "" : "No run has failed"} />}
          </Loaded>
        </Panel>
        <Panel title="Models" side={<Link to="/models">All</Link>} flush>
          <Loaded query={models} what="Models" rows={1}>
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

type Counted = { runs: Recent | undefined; experiments: number; endpoints: Endpoint[] | undefined; models: number | undefined };

function Numbers({ runs, experiments, endpoints, models }: Counted) {
  if (!runs) return <span>&nbsp;</span>;
  return (
    <>
      <span>
        {plural(runs.total, "run")} in {plural(experiments, "experiment")}
      </span>
      <span>{grouped(runs.running_now)} running</span>
      {models !== undefined && <span>{plural(models, "model")}</span>}
      {endpoints && (
        <span>
          {endpoints.filter((one) => one.status.phase === "Ready").length} of {endpoints.length} endpoints ready
        </span>
      )}
    </>
  );
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
          <Link to={to.pipelineRun(run.id)} className="ellipsis">
            {run.name}
          </Link>
          <span className="ellipsis muted small grow">{run.error?.message}</span>
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

/** The models that requests go to; the newest one's where none get any. */
function answering({ revisions, revision }: Endpoint): string {
  const found = revisions.filter((one) => one.status.traffic > 0).map((one) => one.model_uri);
  return [...new Set(found.length > 0 ? found : [revision.model_uri])].map((uri) => uri.replace("models:/", "")).join(", ");
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
              <span className={`${css.wide} muted small ellipsis`}>{answering(one)}</span>
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
