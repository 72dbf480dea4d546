/** Metrics as charts have room for them. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Charts, ReadCharts } from "./schema";

type Asked = Omit<ReadCharts, "keys">;
type Waiting = { keys: readonly string[]; resolve: (found: Charts) => void; reject: (error: unknown) => void };

/** As many as the server answers at once, and as few as are soon there. */
const mostSeries = 1000;
const mostKeys = 12;
/** Milliseconds in which those who want the same of other metrics may join. */
const gathering = 5;
const gathered = new Map<string, { asked: Asked; waiting: Waiting[] }>();

/** Charts of one page each want a metric of the same runs: they are asked for together. */
function askTogether(asked: Asked, keys: readonly string[]): Promise<Charts> {
  const name = JSON.stringify(asked);
  return new Promise((resolve, reject) => {
    const group = gathered.get(name) ?? { asked, waiting: [] };
    group.waiting.push({ keys, resolve, reject });
    if (group.waiting.length > 1) return;
    gathered.set(name, group);
    setTimeout(() => {
      gathered.delete(name);
      for (const some of portions(group.waiting, asked.run_ids.length)) void send(asked, some);
    }, gathering);
  });
}

function portions(waiting: readonly Waiting[], runs: number): Waiting[][] {
  const most = Math.max(1, Math.min(mostKeys, Math.floor(mostSeries / runs)));
  const found: Waiting[][] = [];
  let room = 0;
  for (const one of waiting) {
    if (one.keys.length > room) {
      found.push([]);
      room = most;
    }
    found.at(-1)?.push(one);
    room -= one.keys.length;
  }
  return found;
}

async function send(asked: Asked, waiting: readonly Waiting[]): Promise<void> {
  const keys = [...new Set(waiting.flatMap((one) => one.keys))];
  try {
    const found = await call("POST /api/v1/runs/metrics/buckets", { body: { ...asked, keys } });
    for (const one of waiting) one.resolve({ items: found.items.filter((chart) => one.keys.includes(chart.key)) });
  } catch (error) {
    for (const one of waiting) one.reject(error);
  }
}

export const chartsQuery = (
  runIds: readonly string[],
  keys: readonly string[],
  buckets: number,
  x: "step" | "time",
  range: readonly [number, number] | null = null,
) =>
  queryOptions({
    queryKey: ["runs", "charts", runIds, keys, buckets, x, range],
    queryFn: () =>
      askTogether(
        { run_ids: [...runIds], buckets, x, ...(range ? { start: Math.floor(range[0]), end: Math.ceil(range[1]) } : {}) },
        keys,
      ),
    enabled: runIds.length > 0 && keys.length > 0,
    placeholderData: keepPreviousData,
  });
