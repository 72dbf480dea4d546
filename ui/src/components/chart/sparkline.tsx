import type { Line } from "@/lib/series";

/** A line without axes; the number beside it says what it comes to. */
export function Sparkline({ line, width = 96, height = 24 }: { line: Line; width?: number; height?: number }) {
  const known = line.y.filter((one) => one !== null);
  if (known.length < 2) return null;
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const first = line.x[0] ?? 0;
  const span = (line.x.at(-1) ?? 1) - first || 1;
  const points = line.x.flatMap((x, at) => {
    const y = line.y[at];
    if (y === null || y === undefined) return [];
    return [`${(((x - first) / span) * width).toFixed(1)},${(height - 2 - ((y - low) / (high - low || 1)) * (height - 4)).toFixed(1)}`];
  });
  return (
    <svg width={width} height={height} aria-hidden style={{ display: "block" }}>
      <polyline points={points.join(" ")} fill="none" stroke="var(--accent)" strokeWidth={1.25} />
    </svg>
  );
}
