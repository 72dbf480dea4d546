import { useMemo } from "react";
import { Dots } from "@/components/chart/dots";
import { EmptyState } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { title } from "@/lib/columns";
import { plural } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { chosenAxes, coloring, logs, scaled } from "./axes";
import { AxisSelect } from "./axis-select";
import css from "./charts.module.css";
import type { ChartProps } from "./charts-view";
import { Legend } from "./legend";
import { LogBoxes, TableButton } from "./options";
import { PointsTable } from "./points-table";
import { RunTip } from "./run-tip";

/** Any metric, param or attribute against any other, a point for each run. */
export function ScatterChart({ view, found, selection, kinds }: ChartProps) {
  const { runs, base } = found;
  const dark = useIsDark();
  const { change } = view;
  const { across, up, by } = useMemo(() => chosenAxes(view), [view]);
  const log = useMemo(() => logs(view), [view]);
  const axes = useMemo(
    () => ({ across: { scale: scaled(runs, across, log.x), title: title(across) }, up: { scale: scaled(runs, up, log.y), title: title(up) } }),
    [runs, across, up, log],
  );
  const colors = useMemo(() => coloring(runs, by, dark, dark ? "#6bb0ff" : "#0b5fc4"), [runs, by, dark]);
  const dots = useMemo(
    () =>
      runs.flatMap((run) => {
        const [x, y] = [axes.across.scale.place(valueOf(run, across)), axes.up.scale.place(valueOf(run, up))];
        return x === null || y === null ? [] : [{ id: run.id, x, y, color: colors.colorOf(run) }];
      }),
    [runs, axes, across, up, colors],
  );
  const columns = [across, up, ...(by ? [by] : [])];
  const left = runs.length - dots.length;
  return (
    <>
      <div className={css.bar}>
        {kinds}
        <AxisSelect label="Up" view={view} chosen={up} choose={(up_) => change({ up: up_ })} />
        <AxisSelect label="Across" view={view} chosen={across} choose={(across_) => change({ across: across_ })} />
        <AxisSelect label="Colour" view={view} chosen={by} choose={(by_) => change({ by: by_ })} none="none" />
        <LogBoxes view={view} across={across} up={up} />
        <TableButton view={view} />
      </div>
      <div className={css.bar}>
        <span className="muted small">
          {left > 0 ? `${plural(left, "run")} without both left out. ` : ""}Click a point to select it, drag to select many.
        </span>
        {by && colors.scale && <Legend column={by} scale={colors.scale} dark={dark} />}
      </div>
      {view.search.as === "table" ? (
        <PointsTable runs={runs} columns={columns} />
      ) : dots.length === 0 ? (
        <EmptyState title={`No run has both ${title(across)} and ${title(up)}`} />
      ) : (
        <Dots
          label={`${title(up)} against ${title(across)} of ${plural(dots.length, "run")}`}
          dots={dots}
          across={axes.across}
          up={axes.up}
          selected={selection.ids}
          choose={selection.choose}
          toggle={selection.toggle}
          {...(base ? { base: base.id } : {})}
          tip={<RunTip runs={runs} columns={columns} base={base} />}
          dark={dark}
        />
      )}
    </>
  );
}
