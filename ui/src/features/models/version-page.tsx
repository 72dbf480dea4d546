import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { useMoveStage } from "@/api/changes";
import { documentQuery, endpointsQuery, modelQuery, runQuery, versionQuery, versionsQuery } from "@/api/queries";
import type { ModelField, ModelVersion, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Code, Snippets } from "@/components/code";
import { Delta } from "@/components/delta";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState, Loaded, Skeleton, State } from "@/components/states";
import { Alias, Tag } from "@/components/tag";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { number } from "@/lib/format";
import { isSystem } from "@/lib/metrics";
import { dataOf } from "@/lib/run-data";
import { servedOf } from "@/lib/served";
import { AliasButton } from "./alias-button";
import { DeployDialog } from "./deploy-dialog";
import css from "./models.module.css";

const stages = ["None", "Staging", "Production", "Archived"] as const;

export function VersionPage() {
  const { name = "", version = "" } = useParams({ strict: false });
  const found = useQuery(versionQuery(name, version));
  const crumbs = [
    { label: "Models", to: "/models" },
    { label: name, to: to.model(name) },
  ];
  if (found.data) return <Shown version={found.data} crumbs={crumbs} />;
  return (
    <Page title={`Version ${version}`} name={`${name} ${version}`} crumbs={crumbs}>
      {found.error ? <ErrorState error={found.error} what={`Version ${version} of ${name}`} retry={() => void found.refetch()} /> : <Skeleton />}
    </Page>
  );
}

function Shown({ version, crumbs }: { version: ModelVersion; crumbs: Array<{ label: string; to: string }> }) {
  const [search, change] = useAddress();
  const model = useQuery(modelQuery(version.name));
  const others = useQuery(versionsQuery(version.name));
  const run = useQuery({ ...runQuery(version.run_id), enabled: version.run_id !== "" });
  const against = others.data?.items.find((one) => String(one.version) === search.against);
  const otherRun = useQuery({ ...runQuery(against?.run_id ?? ""), enabled: Boolean(against?.run_id) });
  return (
    <Page
      title={
        <span className="row wrap">
          Version {version.version}
          {version.aliases.map((alias) => (
            <Alias key={alias} name={alias} />
          ))}
        </span>
      }
      name={`${version.name} version ${version.version}`}
      crumbs={crumbs}
      facts={
        <>
          <State of={version.status} />
          <span>
            made <Ago at={version.created_at} />
          </span>
          {version.user && <span>by {version.user}</span>}
          {Object.entries(version.tags).map(([key, value]) => (
            <Tag key={key} name={key} value={value} />
          ))}
        </>
      }
      actions={
        <>
          <Stage version={version} />
          {model.data && <AliasButton model={model.data} version={version.version} />}
          <Button primary onClick={() => change({ deploy: "1" })}>
            <Rocket size={14} aria-hidden /> Deploy
          </Button>
        </>
      }
    >
      <Lineage version={version} run={run.data} />
      {version.description && <p>{version.description}</p>}
      <label className="row wrap">
        Compare with
        <select value={search.against ?? ""} onChange={(event) => change({ against: event.target.value || undefined })}>
          <option value="">nothing</option>
          {others.data?.items
            .filter((one) => one.version !== version.version)
            .map((one) => (
              <option key={one.version} value={one.version}>
                version {one.version} {one.aliases.map((alias) => `@${alias}`).join(" ")}
              </option>
            ))}
        </select>
      </label>
      <div className={layout.columns}>
        <div className="stack">
          <Numbers run={run.data} other={against ? otherRun.data : undefined} label={search.against} />
          <Params run={run.data} other={against ? otherRun.data : undefined} label={search.against} />
        </div>
        <div className="stack">
          <Signature uri={`models:/${version.name}/${version.version}`} />
          <Panel title="Use it">
            <Snippets snippets={snippets(version, window.location.origin)} />
          </Panel>
        </div>
      </div>
      {search.deploy && <DeployDialog name={version.name} version={String(version.version)} close={() => change({ deploy: undefined })} />}
    </Page>
  );
}

function Stage({ version }: { version: ModelVersion }) {
  const move = useMoveStage();
  return (
    <label className="row">
      <span className="muted">Stage</span>
      <select
        value={version.stage}
        onChange={(event) => {
          const stage = stages.find((one) => one === event.target.value) ?? "None";
          const before = stages.find((one) => one === version.stage) ?? "None";
          const go = (wanted: (typeof stages)[number]) => move.mutateAsync({ name: version.name, version: version.version, stage: wanted });
          go(stage).then(
            () => tell(`Version ${version.version} is in ${stage === "None" ? "no stage" : stage}`, () => void go(before)),
            tellError,
          );
        }}
      >
        {stages.map((stage) => (
          <option key={stage} value={stage}>{stage === "None" ? "none" : stage}</option>
        ))}
      </select>
    </label>
  );
}

function Lineage({ version, run }: { version: ModelVersion; run: Run | undefined }) {
  const endpoints = useQuery(endpointsQuery());
  const served = servedOf(endpoints.data?.items ?? [], version.name, version.version);
  const beads: Bead[] = [
    ...(run ? [{ kind: "run", label: run.name, to: to.run(run.experiment_id, run.id), state: <State of={run.status} short /> }] : []),
    { kind: "model", label: `${version.name} v${version.version}`, current: true },
    ...served.map(({ endpoint, share, shadow }) => ({
      kind: "endpoint",
      label: `${endpoint.name} ${shadow ? "shadow" : `${share}%`}`,
      to: to.endpoint(endpoint.name),
      state: <State of={endpoint.status.phase} short />,
    })),
  ];
  return <Thread beads={beads} />;
}

type Compared = { run: Run | undefined; other: Run | undefined; label: string | undefined };

function Numbers({ run, other, label }: Compared) {
  const mine = run ? dataOf(run).m : new Map<string, number | string>();
  const theirs = other ? dataOf(other).m : new Map<string, number | string>();
  const keys = [...new Set([...mine.keys(), ...theirs.keys()])].filter((key) => !isSystem(key));
  return (
    <Panel title="Metrics" side={run && <Link to={to.run(run.experiment_id, run.id)}>{run.name}</Link>} flush>
      {keys.length === 0 ? (
        <p className="muted" style={{ padding: 12 }}>{run ? "Its run has none." : "It is not known which run it was made of."}</p>
      ) : (
        <table className={layout.table}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" className="number">This version</th>
              {other && <th scope="col" className="number">Version {label}</th>}
              {other && <th scope="col" className="number">Difference</th>}
            </tr>
          </thead>
          <tbody>
            {keys.slice(0, 200).map((key) => (
              <tr key={key}>
                <td>{key}</td>
                <td className="number">{number(mine.get(key))}</td>
                {other && <td className="number">{number(theirs.get(key))}</td>}
                {other && (
                  <td className="number">
                    <Delta metric={key} value={mine.get(key)} base={theirs.get(key)} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Params({ run, other, label }: Compared) {
  const mine = run ? dataOf(run).p : new Map<string, string>();
  const theirs = other ? dataOf(other).p : new Map<string, string>();
  const keys = [...new Set([...mine.keys(), ...theirs.keys()])];
  if (keys.length === 0) return null;
  const differs = (key: string) => other !== undefined && mine.get(key) !== theirs.get(key);
  return (
    <Panel title="Params" flush>
      <table className={layout.table}>
        {other && (
          <thead>
            <tr>
              <th scope="col">Param</th>
              <th scope="col">This version</th>
              <th scope="col">Version {label}</th>
            </tr>
          </thead>
        )}
        <tbody>
          {keys
            .toSorted((a, b) => Number(differs(b)) - Number(differs(a)))
            .slice(0, 300)
            .map((key) => (
              <tr key={key} className={differs(key) ? css.changed : ""}>
                <th scope="row">{key}</th>
                <td className="mono">{mine.get(key) ?? ""}</td>
                {other && <td className="mono">{theirs.get(key) ?? ""}</td>}
              </tr>
            ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Signature({ uri }: { uri: string }) {
  const found = useQuery(documentQuery(uri));
  return (
    <Panel title="Signature" side={found.data && <span className="muted">{found.data.flavors.join(", ")}</span>} flush>
      <Loaded query={found} what="The signature" rows={3}>
        {(one) => (
          <>
            {one.inputs.length + one.outputs.length === 0 ? (
              <EmptyState title="It was logged without a signature" />
            ) : (
              <table className={layout.table}>
                <tbody>
                  <Fields title="Inputs" fields={one.inputs} />
                  <Fields title="Outputs" fields={one.outputs} />
                </tbody>
              </table>
            )}
            {one.input_example !== null && one.input_example !== undefined && (
              <div style={{ padding: 12 }}>
                <p className="muted small" style={{ marginBottom: 4 }}>Input example</p>
                <Code label="Input example" text={JSON.stringify(one.input_example, null, 2)} />
              </div>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Fields({ title, fields }: { title: string; fields: readonly ModelField[] }) {
  return (
    <>
      <tr>
        <th scope="colgroup" colSpan={2}>{title}</th>
      </tr>
      {fields.map((field, at) => (
        <tr key={field.name ?? at}>
          <td>{field.name ?? `#${at}`}{field.required ? "" : <span className="muted"> optional</span>}</td>
          <td className="mono">{field.type}{field.shape ? ` [${field.shape.map((size) => (size < 0 ? "any" : size)).join(", ")}]` : ""}</td>
        </tr>
      ))}
    </>
  );
}

function snippets(version: ModelVersion, url: string) {
  const uri = version.aliases[0] ? `models:/${version.name}@${version.aliases[0]}` : `models:/${version.name}/${version.version}`;
  return [
    { value: "mlflow", label: "mlflow", text: `import mlflow\n\nmlflow.set_tracking_uri("${url}")\nmodel = mlflow.pyfunc.load_model("${uri}")\nmodel.predict(data)` },
    { value: "cli", label: "Terminal", text: `modelyard deploy ${uri} --name ${version.name.toLowerCase()}` },
    { value: "curl", label: "curl", text: `curl '${url}/api/v1/models/${encodeURIComponent(version.name)}/versions/${version.version}'` },
  ];
}
