import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { Play, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { useEndpointVerb, useRemoveEndpoint } from "@/api/changes";
import { endpointQuery, eventsQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import { Button } from "@/components/button";
import { Code, CopyButton } from "@/components/code";
import { Field, Input } from "@/components/field";
import layout from "@/components/layout.module.css";
import { to } from "@/components/link";
import { Dialog, Menu } from "@/components/overlay";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { ErrorState, Loaded, Skeleton, State } from "@/components/states";
import { Tabs } from "@/components/tabs";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { duration, grouped, number } from "@/lib/format";
import { nameOf } from "@/lib/served";
import { figuresOf } from "@/lib/traffic";
import { Client } from "./client-code";
import css from "./endpoints.module.css";
import { Lately } from "./lately";
import { Logs } from "./logs";
import { Revisions } from "./revisions";
import { Traffic } from "./traffic";
import { Try } from "./try";

const every = 5000;
const whileMoving = 1000;
const tabs = [
  { value: "overview", label: "Overview" },
  { value: "try", label: "Try it" },
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

function Lineage({ endpoint }: { endpoint: Endpoint }) {
  const beads: Bead[] = [];
  const seen = new Set<string>();
  for (const one of endpoint.revisions.filter((each) => each.status.traffic > 0 || each.number === endpoint.revision.number)) {
    const name = nameOf(one.model_uri);
    const label = name ? `${name} v${one.model_version}` : one.model_uri;
    if (seen.has(label)) continue;
    seen.add(label);
    beads.push({ kind: "model", label, ...(name ? { to: to.version(name, one.model_version) } : {}) });
  }
  beads.push({ kind: "endpoint", label: endpoint.name, current: true, state: <State of={endpoint.status.phase} short /> });
  return <Thread beads={beads} />;
}

/** What keeps it from serving, in words, with the last lines that it wrote. */
function Trouble({ endpoint }: { endpoint: Endpoint }) {
  const { status, rollout } = endpoint;
  const failed = status.phase === "Failed" || status.transition === "BlockedByFailedLoad";
  return (
    <>
      {failed && (
        <div className={css.explain} role="alert">
          <strong>{status.message || status.reason}</strong>
          {status.log_tail && <pre className="mono">{status.log_tail}</pre>}
        </div>
      )}
      {rollout?.rolled_back && (
        <div className={css.explain}>
          Revision {rollout.rolled_back.revision} was rolled back <Ago at={rollout.rolled_back.at} />: {rollout.rolled_back.message}
        </div>
      )}
    </>
  );
}

function Figures({ endpoint }: { endpoint: Endpoint }) {
  const figures = figuresOf(endpoint.revisions);
  const ready = endpoint.revisions.reduce((sum, one) => sum + one.status.ready, 0);
  const wanted = endpoint.revisions.reduce((sum, one) => sum + one.status.wanted, 0);
  const restarts = endpoint.revisions.reduce((sum, one) => sum + one.status.restarts, 0);
  const busy = figures !== null && figures.asked > 0;
  const all = [
    { label: "Requests, last minute", value: figures ? grouped(figures.asked) : "0" },
    { label: "Errors", value: busy ? `${number((100 * figures.failed) / figures.asked)}%` : "–" },
    { label: "p50", value: busy ? duration(figures.p50) : "–" },
    { label: "p90", value: busy ? duration(figures.p90) : "–" },
    { label: "p99", value: busy ? duration(figures.p99) : "–" },
    { label: "Replicas ready", value: `${ready} of ${wanted}` },
    { label: "Restarts", value: grouped(restarts) },
  ];
  return (
    <div className={css.figures}>
      {all.map((one) => (
        <div key={one.label} className={css.figure}>
          <span className="muted small">{one.label}</span>
          <strong>{one.value}</strong>
        </div>
      ))}
    </div>
  );
}

function Actions({ endpoint }: { endpoint: Endpoint }) {
  const router = useRouter();
  const verb = useEndpointVerb();
  const remove = useRemoveEndpoint();
  const [asking, setAsking] = useState(false);
  const { rollout, generation, name } = endpoint;
  const go = (what: "promote" | "rollback" | "stop" | "start", said: string) => verb.mutate({ name, verb: what, generation }, { onSuccess: () => tell(said), onError: tellError });
  const stopped = rollout?.stopped ?? false;
  return (
    <>
      {rollout && rollout.canary > 0 && (
        <>
          <Button primary onClick={() => go("promote", `Revision ${rollout.canary} gets all requests`)}>
            Promote revision {rollout.canary}
          </Button>
          <Button danger onClick={() => go("rollback", `Back to revision ${rollout.stable}`)}>
            Roll back
          </Button>
        </>
      )}
      {rollout && rollout.canary === 0 && rollout.previous > 0 && (
        <Button onClick={() => go("rollback", `Back to revision ${rollout.previous}`)}>Back to revision {rollout.previous}</Button>
      )}
      <Menu
        trigger={<Button>Actions</Button>}
        actions={[
          stopped
            ? { label: "Start", icon: <Play size={14} />, act: () => go("start", `${name} is starting`) }
            : { label: "Stop", icon: <Square size={14} />, act: () => go("stop", `${name} is stopping`) },
          "rule",
          { label: "Remove…", icon: <Trash2 size={14} />, act: () => setAsking(true), danger: true },
        ]}
      />
      {asking && (
        <RemoveDialog
          name={name}
          close={() => setAsking(false)}
          remove={() =>
            remove.mutate(name, {
              onSuccess: () => {
                tell(`${name} is being removed`);
                void router.navigate({ href: "/endpoints" });
              },
              onError: tellError,
            })
          }
        />
      )}
    </>
  );
}

function RemoveDialog({ name, close, remove }: { name: string; close: () => void; remove: () => void }) {
  const [typed, setTyped] = useState("");
  return (
    <Dialog
      title={`Stop serving ${name}?`}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button danger disabled={typed !== name} onClick={remove}>
            Remove {name}
          </Button>
        </>
      }
    >
      <p>Requests that are running are answered; those that come later are refused.</p>
      <Field label={`Type ${name} to go on`}>
        <Input value={typed} autoFocus onChange={(event) => setTyped(event.target.value)} />
      </Field>
    </Dialog>
  );
}

function Conditions({ endpoint }: { endpoint: Endpoint }) {
  if (endpoint.status.conditions.length === 0) return null;
  return (
    <Panel title="Conditions" flush>
      <table className={layout.table}>
        <tbody>
          {endpoint.status.conditions.map((one) => (
            <tr key={one.type}>
              <th scope="row">{one.type}</th>
              <td>{one.status === "True" ? "yes" : one.status === "False" ? "no" : "not known"}</td>
              <td className="muted">{one.message || one.reason}</td>
              <td className="muted">
                <Ago at={one.since} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Events({ name }: { name: string }) {
  const events = useQuery(eventsQuery("endpoint", name, 50));
  return (
    <Panel title="What happened" flush>
      <Loaded query={events} what="Events">
        {({ items }) => (
          <table className={layout.table}>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <td>{one.action.replace("endpoint.", "")}</td>
                  <td className="muted">{Object.entries(one.detail).filter(([, value]) => value !== null).map(([key, value]) => `${key} ${value}`).join(", ")}</td>
                  <td className="muted">{one.actor}</td>
                  <td className="muted">
                    <Ago at={one.at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </Panel>
  );
}
