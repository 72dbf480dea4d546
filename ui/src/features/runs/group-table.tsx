import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { groupsQuery } from "@/api/queries";
import type { RunGroup } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { EmptyState, Loaded } from "@/components/states";
import { adding, quoted, written } from "@/lib/filter";
import { grouped, number, plural, toNumber } from "@/lib/format";
import css from "./runs-page.module.css";
import type { View } from "./use-view";

/** Runs by the values of params and tags: a line each with the mean and deviation of every metric in sight. */
export function GroupTable({ view }: { view: View }) {
  const by = useMemo(() => (view.search.group ?? "").split(",").filter(Boolean), [view.search.group]);
  const metrics = useMemo(() => view.columns.filter((one) => one.kind === "m").map((one) => one.key), [view.columns]);
  const found = useQuery(groupsQuery(view.asked.experiment_ids, by, metrics, view.filter));
  const [sort, setSort] = useState<{ key: string; up: boolean } | null>(null);
  const open = (group: RunGroup) => {
    const wanted = by.reduce((filter, key, at) => adding(filter, condition(key, group.values[at] ?? null)), view.filter);
    view.change({ group: undefined, q: wanted }, true);
  };
  return (
    <Loaded query={found} what="Groups">
      {({ items }) =>
        items.length === 0 ? (
          <EmptyState title="No run matches" />
        ) : (
          <div className={css.scroll}>
            <table className={layout.table}>
              <thead>
                <tr>
                  {by.map((key) => (
                    <th key={key} scope="col">
                      {key.replace(/^\w+\./, "")}
                    </th>
                  ))}
                  <th scope="col" className="number">
                    Runs
                  </th>
                  {metrics.map((key) => (
                    <th key={key} scope="col" className="number" aria-sort={sort?.key === key ? (sort.up ? "ascending" : "descending") : "none"}>
                      <button type="button" className={css.sort} onClick={() => setSort({ key, up: sort?.key === key ? !sort.up : false })}>
                        {key} {sort?.key === key ? (sort.up ? "↑" : "↓") : ""}
                      </button>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {sorted(items, sort).map((group) => (
                  <tr key={JSON.stringify(group.values)}>
                    {group.values.map((value, at) => (
                      <td key={by[at]}>
                        {at === 0 ? (
                          <button type="button" className={css.asLink} onClick={() => open(group)}>
                            {value ?? "none"}
                          </button>
                        ) : (
                          (value ?? <span className="muted">none</span>)
                        )}
                      </td>
                    ))}
                    <td className="number">{grouped(group.runs)}</td>
                    {metrics.map((key) => {
                      const spread = group.metrics[key];
                      if (!spread) return <td key={key} />;
                      return (
                        <td key={key} className="number" title={`${plural(spread.count, "value")}, from ${number(spread.least)} to ${number(spread.most)}`}>
                          {number(spread.mean)} <span className="muted">± {number(spread.deviation)}</span>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Loaded>
  );
}

function condition(key: string, value: string | null): string {
  const [kind = "", name = ""] = key.split(/\.(.*)/s);
  return value === null ? `${written(kind, name)} IS NULL` : `${written(kind, name)} = ${quoted(value)}`;
}

function sorted(items: readonly RunGroup[], sort: { key: string; up: boolean } | null): RunGroup[] {
  if (!sort) return [...items];
  const mean = (one: RunGroup) => toNumber(one.metrics[sort.key]?.mean);
  return items.toSorted((a, b) => (sort.up ? mean(a) - mean(b) : mean(b) - mean(a)));
}
