import { useQuery } from "@tanstack/react-query";
import { eventsQuery } from "@/api/queries";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { Loaded } from "@/components/states";
import { Ago } from "@/components/time";

export function Events({ name }: { name: string }) {
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
