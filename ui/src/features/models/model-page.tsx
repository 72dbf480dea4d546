import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { endpointsQuery, modelQuery, versionsQuery } from "@/api/queries";
import type { ModelVersion } from "@/api/schema";
import { Button } from "@/components/button";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState, Skeleton } from "@/components/states";
import { Tag } from "@/components/tag";
import { Ago } from "@/components/time";
import { useAddress } from "@/components/use-address";
import { plural } from "@/lib/format";
import { modelCode } from "./code";
import { DeployDialog } from "./deploy-dialog";
import { Description } from "./description";
import { History } from "./history";
import { InUse } from "./in-use";
import type { ModelParts } from "./in-use";
import { ModelLineage } from "./model-lineage";
import { useRunsOf } from "./use-run-metrics";
import { Versions } from "./versions";

const crumbs = [{ label: "Models", to: "/models" }];
const none: readonly ModelVersion[] = [];

export function ModelPage() {
  const { name = "" } = useParams({ strict: false });
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  const endpoints = useQuery(endpointsQuery());
  const items = versions.data?.items ?? none;
  const { runs, waits } = useRunsOf(items);
  // All at once: a part that came later would push the others down.
  if (!model.data || versions.isPending || endpoints.isPending || waits) {
    return (
      <Page title={name} name={name} crumbs={crumbs}>
        {model.error ? <ErrorState error={model.error} what={name} retry={() => void model.refetch()} /> : <Skeleton />}
      </Page>
    );
  }
  return <Shown model={model.data} versions={items} endpoints={endpoints.data?.items ?? []} runs={runs} />;
}

function Shown({ model, versions, endpoints, runs }: ModelParts) {
  const [search, change] = useAddress();
  return (
    <Page
      title={model.name}
      name={model.name}
      crumbs={crumbs}
      code={modelCode(model, versions[0]?.version, window.location.origin)}
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
      <ModelLineage model={model} versions={versions} endpoints={endpoints} runs={runs} />
      <InUse model={model} versions={versions} endpoints={endpoints} runs={runs} />
      <Description model={model} />
      <Panel title="Versions" flush>
        {versions.length === 0 ? <EmptyState title="No versions yet" /> : <Versions model={model} versions={versions} endpoints={endpoints} runs={runs} />}
      </Panel>
      <History name={model.name} />
      {search.deploy && <DeployDialog name={model.name} version={search.deploy} close={() => change({ deploy: undefined })} />}
    </Page>
  );
}
