import { useEffect, useState } from "react";
import { useShiftTraffic } from "@/api/changes";
import type { Endpoint, Revision, Target } from "@/api/schema";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { Panel } from "@/components/panel";
import { State } from "@/components/states";
import { tell, tellError } from "@/components/toasts";
import { number } from "@/lib/format";
import { rebalanced } from "@/lib/traffic";
import css from "./endpoints.module.css";

/** Who answers how much. Moving a slider changes the command below it; nothing is done before Apply. */
export function Traffic({ endpoint }: { endpoint: Endpoint }) {
  const wanted = endpoint.rollout?.targets ?? [];
  const [draft, setDraft] = useState<Target[] | null>(null);
  const shift = useShiftTraffic();
  useEffect(() => setDraft(null), [endpoint.generation]);
  const targets = draft ?? wanted;
  if (wanted.length === 0) {
    return (
      <Panel title="Traffic">
        <p className="muted">{endpoint.rollout ? "No revision answers." : `${Object.keys(endpoint.models).length} models answer under names of their own.`}</p>
      </Panel>
    );
  }
  const byNumber = new Map(endpoint.revisions.map((one) => [one.number, one]));
  const alone = targets.filter((one) => !one.shadow).length < 2;
  const apply = () => {
    const before = [...wanted];
    shift.mutate(
      { name: endpoint.name, targets, generation: endpoint.generation },
      {
        onSuccess: () => tell("Requests are shared out anew", () => shift.mutate({ name: endpoint.name, targets: before })),
        onError: tellError,
      },
    );
  };
  const spelled = targets.filter((one) => !one.shadow).map((one) => `${one.revision}=${one.weight}`).join(" ");
  return (
    <Panel title="Traffic">
      <div className="stack" style={{ gap: 12 }}>
        <div className={css.slider}>
          {targets.map((one) => (
            <Share key={`${one.revision}${one.shadow}`} target={one} revision={byNumber.get(one.revision)} fixed={alone || one.shadow === true} move={(weight) => setDraft(rebalanced(targets, one.revision, weight))} />
          ))}
        </div>
        {alone && <p className="muted small">One revision answers everything. Deploy another as a canary to share requests out.</p>}
        {draft && (
          <>
            <Code label="The same as a command" text={`modelyard traffic ${endpoint.name} ${spelled}`} />
            <div className="row">
              <Button primary disabled={shift.isPending} onClick={apply}>
                Apply
              </Button>
              <Button onClick={() => setDraft(null)}>Leave it</Button>
            </div>
          </>
        )}
      </div>
    </Panel>
  );
}

function Share({ target, revision, fixed, move }: { target: Target; revision: Revision | undefined; fixed: boolean; move: (weight: number) => void }) {
  const lately = revision?.lately;
  const compared = lately ? lately.equal + lately.different + lately.missing : 0;
  return (
    <>
      <span className="row">
        {revision && <State of={revision.status.state} short />}
        <span>
          Revision {target.revision}
          <span className="muted small"> {revision ? revision.model_uri.replace("models:/", "") : ""}</span>
        </span>
      </span>
      {target.shadow ? (
        <span className="muted">
          shadow of {target.weight}% of the requests
          {lately && compared > 0 && `: ${number((100 * lately.equal) / compared)}% of its answers are equal`}
        </span>
      ) : (
        <input
          type="range"
          min={0}
          max={100}
          disabled={fixed}
          value={target.weight}
          aria-label={`Share of revision ${target.revision} in percent`}
          onChange={(event) => move(Number(event.target.value))}
        />
      )}
      <strong className="number">{target.weight}%</strong>
    </>
  );
}
