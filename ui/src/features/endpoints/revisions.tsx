import { useQuery } from "@tanstack/react-query";
import { revisionsQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Panel } from "@/components/panel";
import { Loaded, State } from "@/components/states";
import { Ago } from "@/components/time";
import { nameOf } from "@/lib/served";

export function Revisions({ endpoint }: { endpoint: Endpoint }) {
  const found = useQuery(revisionsQuery(endpoint.name));
  return (
    <Panel title="Revisions" flush>
      <Loaded query={found} what="Revisions">
        {({ items }) => (
          <table className={layout.table}>
            <thead>
              <tr>
                <th scope="col">Revision</th>
                <th scope="col">State</th>
                <th scope="col">Model</th>
                <th scope="col" className="number">Traffic</th>
                <th scope="col" className="number">Replicas</th>
                <th scope="col">Runtime</th>
                <th scope="col">Made</th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => {
                const name = nameOf(one.model_uri);
                return (
                  <tr key={one.number}>
                    <td>{one.number}</td>
                    <td>
                      <State of={one.status.state} />
                      {one.status.failure && <div className="small muted">{one.status.failure.message}</div>}
                    </td>
                    <td>{name ? <Link to={to.version(name, one.model_version)}>{name} v{one.model_version}</Link> : one.model_uri}</td>
                    <td className="number">{one.status.shadow ? "shadow" : `${one.status.traffic}%`}</td>
                    <td className="number">{one.status.ready} of {one.status.wanted}</td>
                    <td className="muted">{one.status.runtime}</td>
                    <td className="muted"><Ago at={one.created_at} /></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Loaded>
    </Panel>
  );
}
