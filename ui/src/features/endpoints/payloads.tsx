import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { payloadsQuery } from "@/api/queries";
import type { Endpoint, Payload } from "@/api/schema";
import { Button } from "@/components/button";
import { Code, CopyButton } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { EmptyState, Loaded } from "@/components/states";
import { Ago } from "@/components/time";
import { duration } from "@/lib/format";
import css from "./endpoints.module.css";

const every = 5000;

/** The newest requests and answers that were kept. */
export function Payloads({ endpoint }: { endpoint: Endpoint }) {
  const [follows, setFollows] = useState(true);
  const found = useQuery({ ...payloadsQuery(endpoint.name), refetchInterval: follows ? every : false });
  const { mode, share } = endpoint.revision.options.payload_log ?? {};
  const isKept = mode !== undefined && mode !== "none";
  return (
    <Panel
      title="Recent payloads"
      side={
        <>
          <span className="muted small">{isKept && (share === undefined || share === 1 ? "all are kept" : `${100 * share}% are kept`)}</span>
          <Button small aria-pressed={follows} onClick={() => setFollows(!follows)}>
            {follows ? "Hold still" : "Follow"}
          </Button>
        </>
      }
      flush
    >
      <Loaded query={found} what="Payloads">
        {({ items }) =>
          items.length > 0 ? (
            <ul className={css.payloads}>
              {items.map((one) => (
                <One key={`${one.at}/${one.prediction_id}/${one.milliseconds}`} payload={one} />
              ))}
            </ul>
          ) : isKept ? (
            <EmptyState title="Nothing was kept yet">
              <p className="muted">Requests appear here some seconds after they were answered.</p>
            </EmptyState>
          ) : (
            <EmptyState title="Payloads are not kept">
              <p className="muted">They may hold what is nobody else’s business, so this is asked for:</p>
              <Code label="To keep them" text={`modelyard deploy ${endpoint.revision.model_uri} --name ${endpoint.name} --payload-log all`} />
            </EmptyState>
          )
        }
      </Loaded>
    </Panel>
  );
}

function One({ payload }: { payload: Payload }) {
  const fine = payload.status === "ok";
  return (
    <li>
      <details>
        <summary>
          <span className={fine ? css.fine : css.refused}>{fine ? "answered" : payload.status}</span>
          <span className="muted"><Ago at={payload.at} /></span>
          <span className="muted">revision {payload.revision}</span>
          <span className="number">{duration(payload.milliseconds)}</span>
          <span className={`mono ellipsis ${css.gist}`}>{payload.request ?? payload.message}</span>
        </summary>
        <div className={layout.columns} style={{ padding: "4px 12px 12px" }}>
          <Text title="Request" text={payload.request} />
          {fine ? <Text title="Answer" text={payload.response} /> : <Text title="Error" text={payload.message} />}
        </div>
        {payload.prediction_id && (
          <p className="row tight muted small" style={{ padding: "0 12px 10px" }}>
            Prediction <span className="mono">{payload.prediction_id}</span> <CopyButton text={payload.prediction_id} label="Copy the prediction's id" />
          </p>
        )}
      </details>
    </li>
  );
}

function Text({ title, text }: { title: string; text: string | null }) {
  return (
    <div className="stack" style={{ gap: 4 }}>
      <h3>{title}</h3>
      {text === null ? <p className="muted">It is not kept.</p> : <Code label={title} text={pretty(text)} />}
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text; // such as one that is cut
  }
}
