import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { endpointQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import { Code, CopyButton } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { ErrorState, Skeleton, State } from "@/components/states";
import { Tabs } from "@/components/tabs";
import { Ago } from "@/components/time";
import { useAddress } from "@/components/use-address";
import { Actions } from "./actions";
import { Client } from "./client-code";
import { endpointCode } from "./code";
import { Events } from "./history";
import { Lately } from "./lately";
import { Lineage } from "./lineage";
import { Logs } from "./logs";
import { Payloads } from "./payloads";
import { Revisions } from "./revisions";
import { Conditions, Figures, Trouble } from "./standing";
import { Traffic } from "./traffic";
import { Try } from "./try";

const every = 5000;
const whileMoving = 1000;
const tabs = [
  { value: "overview", label: "Overview" },
  { value: "try", label: "Try it" },
  { value: "payloads", label: "Payloads" },
  { value: "logs", label: "Logs" },
  { value: "history", label: "History" },
  { value: "config", label: "Configuration" },
];

export function EndpointPage() {
  const { name = "" } = useParams({ strict: false });
  const found = useQuery({
    ...endpointQuery(name),
    refetchInterval: (query) => (query.state.data?.status.transition === "InProgress" ? whileMoving : every),
  });
  const crumbs = [{ label: "Endpoints", to: "/endpoints" }];
  if (found.data) return <Shown endpoint={found.data} crumbs={crumbs} />;
  return (
    <Page title={name} name={name} crumbs={crumbs}>
      {found.error ? <ErrorState error={found.error} what={name} retry={() => void found.refetch()} /> : <Skeleton />}
    </Page>
  );
}

function Shown({ endpoint, crumbs }: { endpoint: Endpoint; crumbs: Array<{ label: string; to: string }> }) {
  const [search, change] = useAddress();
  const tab = tabs.some((one) => one.value === search.tab) ? search.tab : "overview";
  return (
    <Page
      title={
        <span className="row wrap">
          {endpoint.name} <span style={{ fontSize: 13, fontWeight: 400 }}><State of={endpoint.status.phase} /></span>
        </span>
      }
      name={endpoint.name}
      crumbs={crumbs}
      code={endpointCode(endpoint, window.location.origin)}
      facts={
        <>
          <span className="row tight mono">
            {endpoint.url} <CopyButton text={endpoint.url} label="Copy the URL" />
          </span>
          <span>
            changed <Ago at={endpoint.updated_at} />
          </span>
          {endpoint.rollout?.follows && <span>follows {endpoint.rollout.follows.replace("models:/", "")}</span>}
        </>
      }
      actions={<Actions endpoint={endpoint} />}
    >
      <Lineage endpoint={endpoint} />
      <Trouble endpoint={endpoint} />
      <Figures endpoint={endpoint} />
      <Tabs label="About this endpoint" tabs={tabs} chosen={tab ?? "overview"} choose={(value) => change({ tab: value === "overview" ? undefined : value }, true)} />
      {tab === "overview" && (
        <div className={layout.columns}>
          <div className="stack">
            <Traffic endpoint={endpoint} />
            <Lately endpoint={endpoint} />
            <Conditions endpoint={endpoint} />
          </div>
          <Client endpoint={endpoint} />
        </div>
      )}
      {tab === "try" && <Try endpoint={endpoint} />}
      {tab === "payloads" && <Payloads endpoint={endpoint} />}
      {tab === "logs" && <Logs endpoint={endpoint} />}
      {tab === "history" && (
        <>
          <Revisions endpoint={endpoint} />
          <Events name={endpoint.name} />
        </>
      )}
      {tab === "config" && (
        <Panel title={`Revision ${endpoint.revision.number}`}>
          <Code label="Options" text={JSON.stringify(endpoint.revision.options, null, 2)} />
        </Panel>
      )}
    </Page>
  );
}
