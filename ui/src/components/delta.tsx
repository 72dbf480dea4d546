import { number, signed, toNumber } from "@/lib/format";
import type { Value } from "@/lib/format";
import { verdict } from "@/lib/metrics";
import css from "./delta.module.css";

/** How far a value is from the baseline's, and whether that is better, as far as the metric's name says. */
export function Delta({ metric, value, base }: { metric: string; value: Value | undefined; base: Value | undefined }) {
  if (value === undefined || base === undefined) return null;
  const delta = toNumber(value) - toNumber(base);
  if (Number.isNaN(delta)) return null;
  const found = verdict(metric, delta);
  const arrow = delta > 0 ? "▲" : delta < 0 ? "▼" : "";
  const said = { better: "better than", worse: "worse than", same: "the same as", unknown: "against" }[found];
  return (
    <span className={`${css.delta} ${css[found]}`} title={`${signed(delta)}, ${said} the baseline's ${number(base)}`}>
      <span aria-hidden>{arrow}</span> {signed(delta)}
      <span className="visually-hidden"> {said} the baseline</span>
    </span>
  );
}
