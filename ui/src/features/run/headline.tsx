import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { chartsQuery, runQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { Sparkline } from "@/components/chart/sparkline";
import { Delta } from "@/components/delta";
import { useAddress } from "@/components/use-address";
import { grouped, number, toNumber } from "@/lib/format";
import { byImportance, direction, isSystem } from "@/lib/metrics";
import { dataOf, parentTag } from "@/lib/run-data";
import { extentOf, lineOf } from "@/lib/series";
import css from "./headline.module.css";

const most = 6;

/** How good it is, first of all: the metrics that say which way is better, each against the baseline or the parent. */
export function Headline({ run }: { run: Run }) {
  const [search] = useAddress();
  const baseId = search.base ?? dataOf(run).t.get(parentTag) ?? "";
  const base = useQuery({ ...runQuery(baseId), enabled: baseId !== "" && baseId !== run.id });
  const keys = useMemo(() => {
    const own = run.metrics.map((one) => one.key).filter((key) => !isSystem(key));
    return own.toSorted(byImportance).slice(0, most);
  }, [run]);
  const ids = useMemo(() => [run.id], [run.id]);
  const charts = useQuery({ ...chartsQuery(ids, keys, 96, "step"), refetchInterval: run.status === "RUNNING" ? 3000 : false });
  if (keys.length === 0) return null;
  return (
    <div className="row wrap" style={{ alignItems: "stretch" }}>
      {keys.map((key) => {
        const value = dataOf(run).m.get(key);
        const chart = charts.data?.items.find((one) => one.key === key);
        const extent = chart && chart.total > 1 ? extentOf(chart) : null;
        const best = extent && direction(key) !== null ? (direction(key) === "up" ? { value: extent.most, at: extent.mostAt } : { value: extent.least, at: extent.leastAt }) : null;
        return (
          <div key={key} className={css.metric}>
            <span className="muted small ellipsis" title={key}>
              {key}
            </span>
            <span className={css.metricValue} title={String(value)}>
              {number(value)}
            </span>
            <span className="row" style={{ minHeight: 24 }}>
              {base.data && <Delta metric={key} value={value} base={dataOf(base.data).m.get(key)} />}
              {best !== null && Math.abs(best.value - toNumber(value)) > 1e-12 && (
                <span className="muted small">
                  best {number(best.value)} at step {grouped(best.at)}
                </span>
              )}
              <span className="end">{chart && <Sparkline line={lineOf(chart)} width={72} />}</span>
            </span>
          </div>
        );
      })}
    </div>
  );
}
