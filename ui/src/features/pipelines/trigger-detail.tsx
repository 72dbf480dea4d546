import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { serverQuery } from "@/api/queries";
import type { Firing, Trigger } from "@/api/schema";
import { firingsQuery, useDeleteTrigger, useNewSecret, webhookUrl } from "@/api/triggers";
import { Button } from "@/components/button";
import { Code, CopyButton } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Dialog } from "@/components/overlay";
import { ErrorState, Skeleton, State } from "@/components/states";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { signedCurl } from "@/lib/pipelines/triggers";
import css from "./pipelines.module.css";
import { Values } from "./values";

type Given = { trigger: Trigger; tellSecret: (trigger: Trigger) => void; gone: () => void };

export function TriggerDetail({ trigger, tellSecret, gone }: Given) {
  const server = useQuery(serverQuery());
  const [asking, setAsking] = useState<"delete" | "secret" | null>(null);
  const remove = useDeleteTrigger();
  const renew = useNewSecret();
  const close = () => setAsking(null);
  const drop = () =>
    remove.mutate(trigger.id, {
      onSuccess: () => {
        tell(`${trigger.name} is deleted`);
        gone();
      },
      onError: tellError,
    });
  const newSecret = () => {
    close();
    renew.mutate(trigger.id, { onSuccess: tellSecret, onError: tellError });
  };
  return (
    <div className="stack">
      <div className={css.about}>
        <section>
          <h3>Rules</h3>
          <ul>
            <li>{trigger.version_id ? "A fixed version" : "The newest version each time"}</li>
            <li>At most {trigger.max_concurrency} at once, {trigger.max_per_hour} within an hour</li>
            <li className="row tight">
              <code>{trigger.id.slice(0, 12)}</code> <CopyButton text={trigger.id} label="Copy the id" />
            </li>
          </ul>
        </section>
        <section>
          <h3>Parameters</h3>
          <Values of={trigger.parameters} none={Object.keys(trigger.mapping).length > 0 ? "The others are defaults" : "Defaults"} />
        </section>
        <section>
          <h3>Taken from what happened</h3>
          <Values of={trigger.mapping} none="Nothing" />
        </section>
        <section>
          <h3>Change</h3>
          <span className="row tight">
            {trigger.kind === "webhook" && (
              <Button small onClick={() => setAsking("secret")}>
                New secret…
              </Button>
            )}
            <Button danger small onClick={() => setAsking("delete")}>
              Delete…
            </Button>
          </span>
        </section>
      </div>
      {trigger.kind === "webhook" && (
        <details>
          <summary>Send a delivery with curl</summary>
          <Code text={signedCurl(webhookUrl(server.data?.url ?? window.location.origin, trigger.id), trigger.mapping)} label="Signed delivery" />
        </details>
      )}
      <Firings id={trigger.id} />
      {asking === "delete" && (
        <Ask title={`Delete ${trigger.name}?`} verb="Delete" act={drop} close={close}>
          It starts nothing any more. Runs that it has started stay.
        </Ask>
      )}
      {asking === "secret" && (
        <Ask title={`A new secret for ${trigger.name}?`} verb="Make a new secret" act={newSecret} close={close}>
          Whoever signs with the one before is refused from then on.
        </Ask>
      )}
    </div>
  );
}

function Ask({ title, verb, act, close, children }: { title: string; verb: string; act: () => void; close: () => void; children: string }) {
  return (
    <Dialog
      title={title}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button danger onClick={act}>{verb}</Button>
        </>
      }
    >
      <p>{children}</p>
    </Dialog>
  );
}

/** What it fired for, the newest first, and the run of each or why there is none. */
function Firings({ id }: { id: string }) {
  const found = useInfiniteQuery({ ...firingsQuery(id), refetchInterval: 15_000 });
  if (found.error && !found.data) return <ErrorState error={found.error} what="The firings" retry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton rows={3} />;
  const items = found.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="muted">It has not fired lately.</p>;
  return (
    <section aria-label="Firings">
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">For</th>
            <th scope="col">With</th>
            <th scope="col">Led to</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <td className="muted">
                <Ago at={one.at} />
              </td>
              <td>{one.said}</td>
              <td>
                <Values of={one.parameters} />
              </td>
              <td>
                <Outcome of={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.hasNextPage && (
        <Button small disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Earlier ones
        </Button>
      )}
    </section>
  );
}

function Outcome({ of: { state, run_id, error } }: { of: Firing }) {
  if (run_id) return <Link to={to.pipelineRun(run_id)}>run {run_id.slice(0, 8)}</Link>;
  return (
    <>
      <State of={state} /> {error && <span className={`${css.trouble} small`}>{error}</span>}
    </>
  );
}
