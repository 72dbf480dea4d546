import { useQuery } from "@tanstack/react-query";
import { useSetAlias } from "@/api/changes";
import { historyQuery } from "@/api/queries";
import { Button } from "@/components/button";
import { Panel } from "@/components/panel";
import { Loaded } from "@/components/states";
import { Alias } from "@/components/tag";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import css from "./models.module.css";

/** Who moved which alias or stage: each move of an alias can be taken back. */
export function History({ name }: { name: string }) {
  const moves = useQuery(historyQuery(name));
  const set = useSetAlias();
  return (
    <Panel title="History of aliases and stages" flush>
      <Loaded query={moves} what="The history">
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted" style={{ padding: 12 }}>No alias was ever set.</p>
          ) : (
            <ul className={css.history}>
              {items.slice(0, 50).map((one) => (
                <li key={one.id}>
                  <span>
                    {one.alias !== null ? <Alias name={one.alias} /> : <span>Version {one.version}</span>}{" "}
                    {one.before === null ? "set to" : <>from {one.alias !== null && "version "}{one.before} to</>}{" "}
                    {one.after === null ? "nothing" : `${one.alias !== null ? "version " : ""}${one.after}`}
                  </span>
                  {one.alias !== null && one.before !== null ? (
                    <Button
                      quiet
                      small
                      onClick={() =>
                        set.mutate(
                          { name, alias: one.alias ?? "", version: Number(one.before) },
                          { onSuccess: () => tell(`@${one.alias} names version ${one.before} again`), onError: tellError },
                        )
                      }
                    >
                      Back to version {one.before}
                    </Button>
                  ) : (
                    <span />
                  )}
                  <span className="muted">{one.actor}</span>
                  <span className="muted">
                    <Ago at={one.at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
