type Range = [number, number];
type Found = [number | null, number | null];

/** A range that stays while what comes in still fits and fills at least half of it: axes do not jump while one looks. */
export function steady(rangeOf: (low: number, high: number) => Found): (plot: unknown, low: number | null, high: number | null) => Found {
  let held: Range | null = null;
  return (_, low, high) => {
    if (low === null || high === null) return [null, null];
    const [from, until] = rangeOf(low, high);
    if (from === null || until === null) return [from, until];
    const fits = held !== null && held[0] <= from && held[1] >= until && (until - from) * 2 > held[1] - held[0];
    if (!fits) held = [from, until];
    return held ?? [from, until];
  };
}
