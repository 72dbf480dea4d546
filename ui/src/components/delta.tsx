import { duration, number, signed, toNumber } from "@/lib/format";
import type { Value } from "@/lib/format";
import { verdict } from "@/lib/metrics";
import css from "./delta.module.css";

type Said = { whole: (value: number) => string; change: (value: number) => string };
const numbers: Said = { whole: number, change: signed };
/** Of milliseconds. */
export const durations: Said = { whole: duration, change: (by) => `${by < 0 ? "−" : "+"}${duration(Math.abs(by))}` };

/** How far a value is from the baseline's, and whether that is better, as far as the metric's name says. */
export function Delta({ metric, value, base, as = numbers }: { metric: string; value: Value | undefined; base: Value | undefined; as?: Said }) {
  if (value === undefined || base === undefined) return null;
  const delta = toNumber(value) - toNumber(base);
  if (Number.isNaN(delta)) return null;
  const found = verdict(metric, delta);
  const arrow = delta > 0 ? "▲" : delta < 0 ? "▼" : "";
  const said = { better: "better than", worse: "worse than", same: "the same as", unknown: "against" }[found];
  return (
    <span className={`${css.delta} ${css[found]}`} title={`${as.change(delta)}, ${said} the baseline's ${as.whole(toNumber(base))}`}>
      <span aria-hidden>{arrow}</span> {as.change(delta)}
      <span className="visually-hidden"> {said} the baseline</span>
    </span>
  );
}
