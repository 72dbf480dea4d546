import type { Endpoint } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { Ago } from "@/components/time";
import { duration, grouped, number } from "@/lib/format";
import { figuresOf } from "@/lib/traffic";
import css from "./endpoints.module.css";

/** What keeps it from serving, in words, with the last lines that it wrote. */
export function Trouble({ endpoint }: { endpoint: Endpoint }) {
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

/** The last minute in numbers. */
export function Figures({ endpoint }: { endpoint: Endpoint }) {
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

export function Conditions({ endpoint }: { endpoint: Endpoint }) {
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
      {endpoint.status.ignored.length > 0 && (
        <p className="muted small" style={{ padding: "0 12px" }}>
          Without effect on this server: {endpoint.status.ignored.join(", ")}
        </p>
      )}
    </Panel>
  );
}
