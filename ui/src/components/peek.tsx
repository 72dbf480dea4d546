import { useQuery } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { pipelineQuery, pipelineRunQuery, pipelineRunsQuery } from "@/api/pipelines";
import { endpointQuery, modelQuery, runQuery, versionQuery } from "@/api/queries";
import { duration, number, plural } from "@/lib/format";
import { byImportance, isSystem } from "@/lib/metrics";
import { dataOf } from "@/lib/run-data";
import layout from "./layout.module.css";
import { Loaded, State } from "./states";
import { Alias } from "./tag";
import { Ago } from "./time";

type Facts = ReadonlyArray<readonly [string, ReactNode]>;
const few = 4;

/** By the address of a thing, the little that one wants to know of it first. */
const looks: Array<[RegExp, (parts: readonly string[], query: URLSearchParams) => ReactElement]> = [
  [/^\/experiments\/[^/]+\/runs\/([^/]+)$/, ([id = ""]) => <OfRun id={id} />],
  [/^\/models\/([^/]+)\/versions\/([^/]+)$/, ([name = "", version = ""]) => <OfVersion name={name} version={version} />],
  [/^\/models\/([^/]+)$/, ([name = ""]) => <OfModel name={name} />],
  [/^\/endpoints\/([^/]+)$/, ([name = ""]) => <OfEndpoint name={name} />],
  [/^\/pipelines\/runs\/([^/]+)$/, ([id = ""], query) => <OfPipelineRun id={id} task={query.get("task")} />],
  [/^\/pipelines\/([^/]+)$/, ([id = ""]) => <OfPipeline id={id} />],
];

export default function Peek({ to }: { to: string }) {
  const [path = "", query = ""] = to.split("?");
  for (const [pattern, look] of looks) {
    const found = pattern.exec(path);
    if (found) return look(found.slice(1).map(decodeURIComponent), new URLSearchParams(query));
  }
  return <span className="muted">Enter opens it</span>;
}

function List({ facts }: { facts: Facts }) {
  return (
    <dl className={layout.keyValues}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt className="ellipsis">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function metricsOf(run: Parameters<typeof dataOf>[0]): Facts {
  const keys = run.metrics.map((one) => one.key).filter((key) => !isSystem(key));
  return keys.toSorted(byImportance).slice(0, few).map((key) => [key, <strong key={key}>{number(dataOf(run).m.get(key))}</strong>]);
}

function OfRun({ id }: { id: string }) {
  return (
    <Loaded query={useQuery(runQuery(id))} what="The run" rows={3}>
      {(run) => (
        <List
          facts={[
            ["State", <State key="s" of={run.status} />],
            ["Started", <Ago key="a" at={run.started_at} />],
            ["Took", run.ended_at === null ? "still running" : duration(run.ended_at - run.started_at)],
            ...metricsOf(run),
          ]}
        />
      )}
    </Loaded>
  );
}

function OfVersion({ name, version }: { name: string; version: string }) {
  const found = useQuery(versionQuery(name, version));
  const run = useQuery({ ...runQuery(found.data?.run_id ?? ""), enabled: Boolean(found.data?.run_id) });
  return (
    <Loaded query={found} what="The version" rows={3}>
      {(one) => (
        <List
          facts={[
            ["State", <State key="s" of={one.status} />],
            ["Aliases", one.aliases.length > 0 ? one.aliases.map((alias) => <Alias key={alias} name={alias} />) : "none"],
            ["Made", <Ago key="a" at={one.created_at} />],
            ...(run.data ? metricsOf(run.data) : []),
          ]}
        />
      )}
    </Loaded>
  );
}

function OfModel({ name }: { name: string }) {
  return (
    <Loaded query={useQuery(modelQuery(name))} what="The model" rows={2}>
      {(model) => (
        <List
          facts={[
            ["Updated", <Ago key="a" at={model.updated_at} />],
            ...Object.entries(model.aliases).map(([alias, version]) => [`@${alias}`, `version ${version}`] as const),
          ]}
        />
      )}
    </Loaded>
  );
}

function OfEndpoint({ name }: { name: string }) {
  return (
    <Loaded query={useQuery(endpointQuery(name))} what="The endpoint" rows={3}>
      {(endpoint) => (
        <List
          facts={[
            ["State", <State key="s" of={endpoint.status.phase} />],
            ...endpoint.revisions.filter((one) => one.status.traffic > 0).map((one) => [`${one.status.traffic}%`, one.model_uri.replace("models:/", "")] as const),
            ...endpoint.revisions.filter((one) => one.lately !== null && one.status.traffic > 0).map((one) => [`p99 of ${one.number}`, one.lately && one.lately.asked > 0 ? duration(one.lately.p99_ms) : "no requests"] as const),
            ["Changed", <Ago key="a" at={endpoint.updated_at} />],
          ]}
        />
      )}
    </Loaded>
  );
}

function OfPipelineRun({ id, task }: { id: string; task: string | null }) {
  return (
    <Loaded query={useQuery(pipelineRunQuery(id))} what="The run" rows={3}>
      {({ run, tasks }) => {
        const one = tasks.find((each) => each.id === task) ?? run;
        const steps = tasks.filter((each) => each.kind === "step");
        return (
          <List
            facts={[
              ["State", <State key="s" of={one.state} />],
              ["Started", one.started_at === null ? "not yet" : <Ago key="a" at={one.started_at} />],
              ["Lasted", one.started_at === null || one.ended_at === null ? "" : duration(one.ended_at - one.started_at)],
              ...(one === run ? ([["Steps", `${steps.filter((each) => each.ended_at !== null).length} of ${steps.length} done`]] as const) : []),
              ...(one.error ? ([["Error", one.error.message.trim().split("\n").at(-1)]] as const) : []),
            ]}
          />
        );
      }}
    </Loaded>
  );
}

function OfPipeline({ id }: { id: string }) {
  const runs = useQuery(pipelineRunsQuery({ pipeline_id: id }, 1));
  const newest = runs.data?.items[0];
  return (
    <Loaded query={useQuery(pipelineQuery(id))} what="The pipeline" rows={2}>
      {(pipeline) => (
        <List
          facts={[
            ["Made", <Ago key="a" at={pipeline.created_at} />],
            ["Runs", runs.data ? plural(runs.data.total, "run") : ""],
            ...(newest ? ([["Newest", <State key="s" of={newest.state} />]] as const) : []),
          ]}
        />
      )}
    </Loaded>
  );
}
