import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { Download, Rocket, Target } from "lucide-react";
import { endpointsQuery, modelArchiveUrl, modelQuery, runQuery, versionQuery, versionsQuery } from "@/api/queries";
import type { ModelVersion } from "@/api/schema";
import { Button, look } from "@/components/button";
import layout from "@/components/layout.module.css";
import { to } from "@/components/link";
import { Page } from "@/components/page";
import { ErrorState, Skeleton, State } from "@/components/states";
import { Alias, Tag } from "@/components/tag";
import { Ago } from "@/components/time";
import { productionOf } from "@/lib/served";
import { useAddress } from "@/components/use-address";
import { useBaselineKey } from "@/components/use-baseline-key";
import { AliasButton } from "./alias-button";
import { Numbers, Params } from "./compare-versions";
import { DeployDialog } from "./deploy-dialog";
import { Signature } from "./signature";
import { Stage } from "./stage";
import { codeOf } from "./version-code";
import { Lineage } from "./version-lineage";

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
  const router = useRouter();
  const makeBaseline = () => void router.navigate({ href: to.model(version.name, `?against=${version.version}`) });
  useBaselineKey(makeBaseline);
  const model = useQuery(modelQuery(version.name));
  const others = useQuery(versionsQuery(version.name));
  const run = useQuery({ ...runQuery(version.run_id), enabled: version.run_id !== "" });
  const endpoints = useQuery(endpointsQuery());
  const production = model.data ? productionOf(endpoints.data?.items ?? [], model.data) : null;
  const chosen = search.against ?? (production === version.version ? "" : String(production ?? ""));
  const against = others.data?.items.find((one) => String(one.version) === chosen);
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
      code={codeOf(version, window.location.origin)}
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
          <a className={look({})} href={modelArchiveUrl(`models:/${version.name}/${version.version}`)} download title="Download the model's files as a zip">
            <Download size={14} aria-hidden /> Files
          </a>
          <Button primary onClick={() => change({ deploy: "1" })}>
            <Rocket size={14} aria-hidden /> Deploy
          </Button>
        </>
      }
    >
      <Lineage version={version} run={run.data} />
      {version.description && <p>{version.description}</p>}
      <div className="row wrap">
        <label className="row wrap">
          Compare with
          <select value={against ? chosen : "none"} onChange={(event) => change({ against: event.target.value })}>
            <option value="none">nothing</option>
            {others.data?.items
              .filter((one) => one.version !== version.version)
              .map((one) => (
                <option key={one.version} value={one.version}>
                  version {one.version} {one.aliases.map((alias) => `@${alias}`).join(" ")}
                  {one.version === production && " in production"}
                </option>
              ))}
          </select>
        </label>
        <Button onClick={makeBaseline} title="Show all versions against this one (b)">
          <Target size={14} aria-hidden /> Make it the baseline
        </Button>
      </div>
      <div className={layout.columns}>
        <div className="stack">
          <Numbers run={run.data} other={against ? otherRun.data : undefined} label={chosen} />
          <Params run={run.data} other={against ? otherRun.data : undefined} label={chosen} />
        </div>
        <div className="stack">
          <Signature uri={`models:/${version.name}/${version.version}`} {...(against ? { other: `models:/${version.name}/${against.version}`, label: chosen } : {})} />
        </div>
      </div>
      {search.deploy && <DeployDialog name={version.name} version={String(version.version)} close={() => change({ deploy: undefined })} />}
    </Page>
  );
}
