import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Pencil, Rocket, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useChangeModel, useDeleteAlias, useSetAlias } from "@/api/changes";
import { endpointsQuery, historyQuery, modelQuery, versionsQuery } from "@/api/queries";
import type { Endpoint, Model, ModelVersion, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { TextArea } from "@/components/field";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Markdown } from "@/components/markdown";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState, Loaded, Skeleton, State } from "@/components/states";
import { Alias, Tag } from "@/components/tag";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { number, plural } from "@/lib/format";
import { byImportance, isSystem } from "@/lib/metrics";
import { dataOf } from "@/lib/run-data";
import { servedOf } from "@/lib/served";
import { AliasButton } from "./alias-button";
import { DeployDialog } from "./deploy-dialog";
import css from "./models.module.css";
import { useRunsOf } from "./use-run-metrics";

const crumbs = [{ label: "Models", to: "/models" }];

export function ModelPage() {
  const { name = "" } = useParams({ strict: false });
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  if (!model.data) {
    return (
      <Page title={name} name={name} crumbs={crumbs}>
        {model.error ? <ErrorState error={model.error} what={name} retry={() => void model.refetch()} /> : <Skeleton />}
      </Page>
    );
  }
  return <Shown model={model.data} versions={versions.data?.items ?? []} />;
}

function Shown({ model, versions }: { model: Model; versions: readonly ModelVersion[] }) {
  const [search, change] = useAddress();
  const endpoints = useQuery(endpointsQuery());
  const runs = useRunsOf(versions);
  const items = endpoints.data?.items ?? [];
  return (
    <Page
      title={model.name}
      name={model.name}
      crumbs={crumbs}
      facts={
        <>
          <span>{plural(versions.length, "version")}</span>
          <span>
            updated <Ago at={model.updated_at} />
          </span>
          {Object.entries(model.tags).map(([key, value]) => (
            <Tag key={key} name={key} value={value} />
          ))}
        </>
      }
      actions={
        versions[0] && (
          <Button primary onClick={() => change({ deploy: String(versions[0]?.version) })}>
            <Rocket size={14} aria-hidden /> Deploy version {versions[0].version}
          </Button>
        )
      }
    >
      <InUse model={model} versions={versions} endpoints={items} runs={runs} />
      <Description model={model} />
      <Panel title="Versions" flush>
        {versions.length === 0 ? <EmptyState title="No versions yet" /> : <Versions model={model} versions={versions} endpoints={items} runs={runs} />}
      </Panel>
      <History name={model.name} />
      {search.deploy && <DeployDialog name={model.name} version={search.deploy} close={() => change({ deploy: undefined })} />}
    </Page>
  );
}

type Given = { model: Model; versions: readonly ModelVersion[]; endpoints: readonly Endpoint[]; runs: ReadonlyMap<string, Run> };

/** The metric that says most about versions: one that most of their runs have and that has a better end. */
function mainMetrics(runs: ReadonlyMap<string, Run>, most: number): string[] {
  const counts = new Map<string, number>();
  for (const run of runs.values()) for (const one of run.metrics) if (!isSystem(one.key)) counts.set(one.key, (counts.get(one.key) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => byImportance(a[0], b[0]) || b[1] - a[1])
    .slice(0, most)
    .map(([key]) => key);
}

/** Which version is in production, how good it is, and where it answers. */
function InUse({ model, versions, endpoints, runs }: Given) {
  const [key] = mainMetrics(runs, 1);
  const aliases = Object.entries(model.aliases);
  if (aliases.length === 0) return null;
  return (
    <div className={css.strip}>
      {aliases.map(([alias, number_]) => {
        const version = versions.find((one) => one.version === number_);
        const run = runs.get(version?.run_id ?? "");
        const served = servedOf(endpoints, model.name, number_);
        return (
          <div key={alias} className={css.use}>
            <span className="row">
              <Alias name={alias} /> <Link to={to.version(model.name, number_)}>version {number_}</Link>
            </span>
            {run && key && dataOf(run).m.has(key) && (
              <span>
                <span className="muted">{key}</span> <strong>{number(dataOf(run).m.get(key))}</strong>
              </span>
            )}
            {served.length === 0 ? (
              <span className="muted small">served nowhere</span>
            ) : (
              served.map(({ endpoint, share, shadow }) => (
                <span key={endpoint.name} className="row small">
                  <State of={endpoint.status.phase} short />
                  <Link to={to.endpoint(endpoint.name)}>{endpoint.name}</Link>
                  <span className="muted">{shadow ? "shadow" : `${share}%`}</span>
                </span>
              ))
            )}
          </div>
        );
      })}
    </div>
  );
}

function Description({ model }: { model: Model }) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeModel();
  const save = () => change.mutate({ name: model.name, description: draft ?? "" }, { onSuccess: () => setDraft(null), onError: tellError });
  if (draft === null) {
    return (
      <div className="row" style={{ alignItems: "flex-start" }}>
        {model.description ? <Markdown text={model.description} /> : <span className="muted">No description yet.</span>}
        <Button quiet small onClick={() => setDraft(model.description)}>
          <Pencil size={12} aria-hidden /> {model.description ? "Edit" : "Describe it"}
        </Button>
      </div>
    );
  }
  return (
    <div className="stack" style={{ gap: 8, maxWidth: 760 }}>
      <TextArea rows={5} aria-label="Description in Markdown" autoFocus value={draft} onChange={(event) => setDraft(event.target.value)} />
      <div className="row">
        <Button primary disabled={change.isPending} onClick={save}>Save</Button>
        <Button onClick={() => setDraft(null)}>Cancel</Button>
      </div>
    </div>
  );
}

function Versions({ model, versions, endpoints, runs }: Given) {
  const [, change] = useAddress();
  const keys = useMemo(() => mainMetrics(runs, 3), [runs]);
  const remove = useDeleteAlias();
  const set = useSetAlias();
  const takeAway = (alias: string, version: number) =>
    remove.mutate(
      { name: model.name, alias },
      { onSuccess: () => tell(`@${alias} is gone`, () => set.mutate({ name: model.name, alias, version })), onError: tellError },
    );
  return (
    <table className={layout.table}>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Aliases</th>
          <th scope="col">Stage</th>
          {keys.map((key) => (
            <th key={key} scope="col" className="number">{key}</th>
          ))}
          <th scope="col">Run</th>
          <th scope="col">Served by</th>
          <th scope="col">Made</th>
          <th scope="col"><span className="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        {versions.map((one) => {
          const run = runs.get(one.run_id);
          return (
            <tr key={one.version}>
              <td>
                <span className="row">
                  {one.status !== "READY" && <State of={one.status} short />}
                  <Link to={to.version(model.name, one.version)}>Version {one.version}</Link>
                </span>
              </td>
              <td>
                <span className="row wrap" style={{ gap: 4 }}>
                  {one.aliases.map((alias) => (
                    <span key={alias} className="row" style={{ gap: 0 }}>
                      <Alias name={alias} />
                      <Button quiet small label={`Take @${alias} away from version ${one.version}`} onClick={() => takeAway(alias, one.version)}>
                        <X size={12} aria-hidden />
                      </Button>
                    </span>
                  ))}
                  <AliasButton model={model} version={one.version} />
                </span>
              </td>
              <td>{one.stage === "None" ? "" : one.stage}</td>
              {keys.map((key) => (
                <td key={key} className="number">{run && dataOf(run).m.has(key) ? number(dataOf(run).m.get(key)) : ""}</td>
              ))}
              <td>{run && <Link to={to.run(run.experiment_id, run.id)}>{run.name}</Link>}</td>
              <td>
                {servedOf(endpoints, model.name, one.version).map(({ endpoint, share, shadow }) => (
                  <span key={endpoint.name} className="row tight">
                    <Link to={to.endpoint(endpoint.name)}>{endpoint.name}</Link>
                    <span className="muted small">{shadow ? "shadow" : `${share}%`}</span>
                  </span>
                ))}
              </td>
              <td className="muted">
                <Ago at={one.created_at} />
              </td>
              <td className="number">
                <Button quiet small label={`Deploy version ${one.version}`} onClick={() => change({ deploy: String(one.version) })}>
                  <Rocket size={14} aria-hidden />
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Who moved which alias or stage: each move of an alias can be taken back. */
function History({ name }: { name: string }) {
  const moves = useQuery(historyQuery(name));
  const set = useSetAlias();
  return (
    <Panel title="History of aliases and stages" flush>
      <Loaded query={moves} what="The history">
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted" style={{ padding: 12 }}>No alias was ever set.</p>
          ) : (
            <ul className={css.history}>
              {items.slice(0, 50).map((one) => (
                <li key={one.id}>
                  <span>
                    {one.alias !== null ? <Alias name={one.alias} /> : <span>Version {one.version}</span>}{" "}
                    {one.before === null ? "set to" : <>from {one.alias !== null && "version "}{one.before} to</>}{" "}
                    {one.after === null ? "nothing" : `${one.alias !== null ? "version " : ""}${one.after}`}
                  </span>
                  {one.alias !== null && one.before !== null ? (
                    <Button
                      quiet
                      small
                      onClick={() =>
                        set.mutate(
                          { name, alias: one.alias ?? "", version: Number(one.before) },
                          { onSuccess: () => tell(`@${one.alias} names version ${one.before} again`), onError: tellError },
                        )
                      }
                    >
                      Back to version {one.before}
                    </Button>
                  ) : (
                    <span />
                  )}
                  <span className="muted">{one.actor}</span>
                  <span className="muted">
                    <Ago at={one.at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

