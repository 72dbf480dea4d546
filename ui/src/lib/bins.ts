import { tick } from "./format";
import type { Value } from "./format";
import { areNumbers, inOrder, numberOf, stepOf } from "./scale";

export type Bins = { labels: readonly string[]; indexOf: (value: Value | undefined) => number | null; left: number };

/** Values each in a bin of its own where they are few; else ranges of numbers, or the most frequent words. */
export function binsOf(values: ReadonlyArray<Value | undefined>, most = 12): Bins {
  const counts = new Map<string, number>();
  for (const one of values) if (one !== undefined) counts.set(String(one), (counts.get(String(one)) ?? 0) + 1);
  if (counts.size > most && areNumbers(values)) return ranges(values.map(numberOf).filter(Number.isFinite), most);
  const kept = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, most);
  const labels = areNumbers(values) ? kept.map(([word]) => word).toSorted((a, b) => numberOf(a) - numberOf(b)) : inOrder(kept.map(([word]) => word));
  const at = new Map(labels.map((label, index) => [label, index]));
  return {
    labels,
    indexOf: (value) => (value === undefined ? null : (at.get(String(value)) ?? null)),
    left: counts.size - kept.length,
  };
}

function ranges(numbers: readonly number[], most: number): Bins {
  const low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const step = stepOf(high - low, most - 1);
  const first = Math.floor(low / step + 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const edge = (at: number) => tick(Number(((first + at) * step).toPrecision(12)));
  return {
    labels: Array.from({ length: count }, (_, at) => `${edge(at)} – ${edge(at + 1)}`),
    indexOf: (value) => {
      const given = numberOf(value);
      if (!Number.isFinite(given)) return null;
      const at = Math.floor(given / step + 1e-9) - first;
      return at >= 0 && at < count ? at : null;
    },
    left: 0,
  };
}
