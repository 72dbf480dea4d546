import { Delta } from "@/components/delta";
import { number } from "@/lib/format";
import css from "./bars.module.css";
import { point, usePointed } from "./pointed";

type Bar = { id: string; name: string; color: string; value: number | null };
type Given = { metric: string; bars: readonly Bar[]; height: number; baseline?: string };

/** A metric with one value a run: a bar each from zero, in the order of the runs. */
export function Bars({ metric, bars, height, baseline }: Given) {
  const pointed = usePointed();
  const values = bars.map((bar) => bar.value ?? 0);
  const low = Math.min(0, ...values);
  const span = Math.max(0, ...values) - low || 1;
  const share = (value: number) => `${((value - low) / span) * 100}%`;
  const base = bars.find((bar) => bar.id === baseline)?.value;
  return (
    // It scrolls, so it can be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.scroll} style={{ maxHeight: height }} role="region" aria-label={`${metric} of each run`} tabIndex={0}>
      <ul className={css.bars}>
        {bars.map((bar) => {
          const value = bar.value ?? 0;
          return (
            <li
              key={bar.id}
              className={bar.id === pointed ? css.pointed : undefined}
              onPointerEnter={() => point(bar.id)}
              onPointerLeave={() => point(null)}
            >
              <span className="ellipsis" title={bar.name}>
                {bar.name}
              </span>
              <span className={css.track} aria-hidden>
                <i style={{ left: share(Math.min(0, value)), width: `${(Math.abs(value) / span) * 100}%`, background: bar.color }} />
                {low < 0 && <b style={{ left: share(0) }} />}
              </span>
              <span className="number">
                {bar.id !== baseline && <Delta metric={metric} value={bar.value ?? undefined} base={base ?? undefined} />} {number(bar.value ?? "NaN")}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
