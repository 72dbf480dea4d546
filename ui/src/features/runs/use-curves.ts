import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { chartsQuery } from "@/api/queries";
import type { Chart, Run } from "@/api/schema";
import type { Column } from "@/lib/columns";
import type { Value } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { extentOf } from "@/lib/series";
import type { Row } from "./use-runs";

/** Where scrolling rests so long, in milliseconds, the rows are looked at. */
const rest = 120;
const buckets = 40;
const mostRuns = 100;
const mostSeries = 1000;

type Curve = { stamp: string; chart: Chart | null };
export type Curves = ReadonlyMap<string, Chart>;
export const curveOf = (run: string, metric: string) => `${run}/${metric}`;

/** The course of metrics of the runs in sight, for columns that show more than the last value: one question for all of them. */
export function useCurves(rows: ReadonlyArray<Row | undefined>, first: number, last: number, columns: readonly Column[], base: Run | undefined): Curves {
  const client = useQueryClient();
  const [held, hold] = useState<ReadonlyMap<string, Curve>>(new Map());
  const keys = useMemo(() => [...new Set(columns.filter((one) => one.shown).map((one) => one.key))], [columns]);
  useEffect(() => {
    if (keys.length === 0) return undefined;
    const isMissing = (run: Run) => keys.some((key) => (held.get(curveOf(run.id, key))?.stamp ?? "") !== stampOf(run, key));
    const ask = async () => {
      const inSight = rows.slice(first, last + 1).flatMap((row) => (row ? [row.run] : []));
      const missing = [...(base ? [base] : []), ...inSight].filter(isMissing).slice(0, Math.min(mostRuns, Math.floor(mostSeries / keys.length)));
      if (missing.length === 0) return;
      const ids = [...new Set(missing.map((run) => run.id))];
      const found = await client.fetchQuery({ ...chartsQuery(ids, keys, buckets, "step"), staleTime: 1000 }).catch(() => null);
      if (!found) return; // the table is complete without
      const charts = new Map(found.items.map((chart) => [curveOf(chart.run_id, chart.key), chart]));
      hold((before) => {
        const next = new Map(before);
        for (const run of missing) for (const key of keys) next.set(curveOf(run.id, key), { stamp: stampOf(run, key), chart: charts.get(curveOf(run.id, key)) ?? null });
        return next;
      });
    };
    const waiting = setTimeout(() => void ask(), rest);
    return () => clearTimeout(waiting);
  }, [rows, first, last, keys, held, base, client]);
  return useMemo(() => new Map([...held].flatMap(([key, { chart }]) => (chart ? [[key, chart] as const] : []))), [held]);
}

/** Another one says that points were logged since. */
function stampOf(run: Run, key: string): string {
  const latest = run.metrics.find((one) => one.key === key);
  return latest ? `${latest.step}/${latest.timestamp}` : "";
}

/** The whole value, and at which step it was the lowest or highest. */
export function toldOf(value: Value, run: Run, column: Column, curves: Curves): string {
  const chart = curves.get(curveOf(run.id, column.key));
  const extent = chart && column.shown !== "line" && column.shown !== undefined ? extentOf(chart) : null;
  return extent ? `${value} at step ${column.shown === "min" ? extent.leastAt : extent.mostAt}` : String(value);
}

/** What a column shows of a run: the last value, or the lowest or highest as far as it is known. */
export function shownOf(run: Run, column: Column, curves: Curves): Value | undefined {
  if (column.shown !== "min" && column.shown !== "max") return valueOf(run, column);
  const chart = curves.get(curveOf(run.id, column.key));
  const extent = chart && extentOf(chart);
  return extent ? (column.shown === "min" ? extent.least : extent.most) : undefined;
}
