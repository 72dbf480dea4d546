import type { Lately, Revision, Target } from "@/api/schema";

export type Figures = { asked: number; failed: number; p50: number; p90: number; p99: number; waiting: number; shed: number };

/** What requests were like within the last minute, over all revisions that answer; percentiles by the most asked one. */
export function figuresOf(revisions: readonly Revision[]): Figures | null {
  const answering = revisions.filter((one) => one.lately !== null && !one.status.shadow).map((one) => one.lately as Lately);
  if (answering.length === 0) return null;
  const sum = (pick: (one: Lately) => number) => answering.reduce((total, one) => total + pick(one), 0);
  const main = answering.reduce((most, one) => (one.asked > most.asked ? one : most));
  return {
    asked: sum((one) => one.asked),
    failed: sum((one) => one.failed),
    shed: sum((one) => one.shed),
    waiting: sum((one) => one.waiting + one.in_flight),
    p50: main.p50_ms,
    p90: main.p90_ms,
    p99: main.p99_ms,
  };
}

/** The shares after one of them is moved to `weight`: the others keep their proportion, and all add up to 100. */
export function rebalanced(targets: readonly Target[], revision: number, weight: number): Target[] {
  const answering = targets.filter((one) => !one.shadow);
  const others = answering.filter((one) => one.revision !== revision);
  if (others.length === 0) return [...targets];
  const left = 100 - weight;
  const before = others.reduce((total, one) => total + one.weight, 0);
  let given = 0;
  const shares = new Map<number, number>([[revision, weight]]);
  others.forEach((one, at) => {
    const share = at === others.length - 1 ? left - given : Math.round(before > 0 ? (one.weight / before) * left : left / others.length);
    given += share;
    shares.set(one.revision, share);
  });
  return targets.map((one) => (one.shadow ? one : { ...one, weight: shares.get(one.revision) ?? one.weight }));
}
