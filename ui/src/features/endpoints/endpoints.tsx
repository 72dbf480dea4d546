import { useQuery } from "@tanstack/react-query";
import { endpointsQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Page } from "@/components/page";
import { EmptyState, Loaded, State } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { Ago } from "@/components/time";
import { duration, grouped, number } from "@/lib/format";
import { figuresOf } from "@/lib/traffic";
import { endpointsCode } from "./code";
import { revisionColor } from "./colors";
import css from "./endpoints.module.css";

const every = 10_000;

export function Endpoints() {
  const found = useQuery({ ...endpointsQuery(), refetchInterval: every });
  return (
    <Page
      title="Endpoints"
      name="Endpoints"
      code={endpointsCode(window.location.origin)}
      facts={found.data && <span>{found.data.items.filter((one) => one.status.phase === "Ready").length} of {found.data.items.length} ready</span>}
    >
      <Loaded query={found} what="The list of endpoints">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="Nothing is served yet">
              <p className="muted">
                Open a <Link to="/models">model</Link> and deploy one of its versions; here you then see how it does.
              </p>
            </EmptyState>
          ) : (
            <div className={css.scroll}>
              <table className={layout.table}>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">State</th>
                    <th scope="col">Model</th>
                    <th scope="col">Traffic</th>
                    <th scope="col" className="number">Requests/min</th>
                    <th scope="col" className="number">Errors</th>
                    <th scope="col" className="number">p50</th>
                    <th scope="col" className="number">p99</th>
                    <th scope="col" className="number">Replicas</th>
                    <th scope="col">Changed</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((one) => (
                    <Row key={one.name} one={one} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Row({ one }: { one: Endpoint }) {
  const figures = figuresOf(one.revisions);
  const ready = one.revisions.reduce((sum, revision) => sum + revision.status.ready, 0);
  return (
    <tr>
      <td>
        <Link to={to.endpoint(one.name)}>{one.name}</Link>
      </td>
      <td>
        <State of={one.status.phase} />
        {one.status.phase === "Failed" && <div className="small muted ellipsis" style={{ maxWidth: 260 }}>{one.status.message}</div>}
      </td>
      <td>{one.revision.model_uri.replace("models:/", "")}</td>
      <td>
        <Split endpoint={one} />
      </td>
      <td className="number">{figures ? grouped(figures.asked) : ""}</td>
      <td className="number">{figures && figures.asked > 0 ? `${number((100 * figures.failed) / figures.asked)}%` : ""}</td>
      <td className="number">{figures && figures.asked > 0 ? duration(figures.p50) : ""}</td>
      <td className="number">{figures && figures.asked > 0 ? duration(figures.p99) : ""}</td>
      <td className="number">{ready}</td>
      <td className="muted">
        <Ago at={one.updated_at} />
      </td>
    </tr>
  );
}

/** How requests are shared out among revisions. */
export function Split({ endpoint }: { endpoint: Endpoint }) {
  const dark = useIsDark();
  const shares = endpoint.revisions.filter((one) => one.status.traffic > 0);
  if (shares.length === 0) return <span className="muted">none</span>;
  const text = shares.map((one) => `${one.status.traffic}% revision ${one.number}`).join(", ");
  return (
    <div className={css.split} title={text} role="img" aria-label={text}>
      {shares.map((one) => (
        <span key={one.number} style={{ width: `${one.status.traffic}%`, background: revisionColor(one.number, dark) }} />
      ))}
    </div>
  );
}
