/** Some numbers in five, as a box has them, and their mean. */
export type Summary = { count: number; least: number; low: number; median: number; high: number; most: number; mean: number; deviation: number | null };

export function summaryOf(numbers: readonly number[]): Summary | null {
  const sorted = numbers.filter(Number.isFinite).toSorted((a, b) => a - b);
  const count = sorted.length;
  if (count === 0) return null;
  const at = (share: number) => {
    const place = share * (count - 1);
    const below = sorted[Math.floor(place)] ?? 0;
    return below + ((sorted[Math.ceil(place)] ?? below) - below) * (place % 1);
  };
  const mean = sorted.reduce((sum, one) => sum + one, 0) / count;
  const squares = sorted.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return {
    count,
    least: at(0),
    low: at(0.25),
    median: at(0.5),
    high: at(0.75),
    most: at(1),
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
  };
}
