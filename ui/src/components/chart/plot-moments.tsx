import { useEffect, useState } from "react";
import type uPlot from "uplot";
import { useClock } from "@/components/clock";
import { shortTime } from "@/lib/format";
import type { Axis } from "@/lib/range";
import css from "./line-chart.module.css";
import { placeOn } from "./placing";
import type { Mark, PlotSeries } from "./placing";

type Given = { plot: { current: uPlot | null }; series: readonly PlotSeries[]; axis: Axis; data: uPlot.AlignedData; marks: readonly Mark[] };

/** Where the clock stands, and the marks, as lines over the drawing. */
export function PlotMoments({ plot, series, axis, data, marks }: Given) {
  const { at } = useClock();
  const [, drawn] = useState<unknown>(null);
  useEffect(() => drawn(data), [data]); // the drawing is made after what is drawn over it
  const made = plot.current;
  if (!made) return null;
  const leftOf = (moment: number): number | null => {
    const place = placeOn(series, axis, moment);
    if (place === null) return null;
    const left = made.valToPos(place, "x");
    return left >= 0 && left <= made.over.clientWidth ? left + made.over.offsetLeft : null;
  };
  const shown = marks.flatMap((mark) => {
    const left = leftOf(mark.at);
    return left === null ? [] : [{ ...mark, left }];
  });
  const here = at === null || made.over.matches(":hover") ? null : leftOf(at);
  return (
    <>
      {shown.map((mark) => (
        <span key={`${mark.at}${mark.label}`} className={css.mark} style={{ left: mark.left }} title={`${shortTime(mark.at)}: ${mark.label}`}>
          <span className="visually-hidden">{mark.label}</span>
        </span>
      ))}
      {here !== null && <i className={css.clock} style={{ left: here }} aria-hidden data-clock />}
    </>
  );
}
