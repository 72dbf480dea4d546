import { useMemo } from "react";
import { EmptyState } from "@/components/states";
import { Segments } from "@/components/tabs";
import { useIsDark } from "@/components/theme";
import { areEnough } from "@/lib/contour";
import { title } from "@/lib/columns";
import { plural } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { chosenAxes, formatOf, logs, scaled } from "./axes";
import { AxisSelect } from "./axis-select";
import css from "./charts.module.css";
import type { ChartProps } from "./charts-view";
import { ContourMap, samplesOf } from "./contour-map";
import { HeatMap } from "./heat-map";
import { heatOf } from "./heat";
import { Legend } from "./legend";
import { LogBoxes, TableButton } from "./options";
import { PointsTable } from "./points-table";

const looks = [
  { value: "lines", label: "Contours" },
  { value: "cells", label: "Means" },
];

/** A metric over two columns: as contours where there are runs enough for it, else as means where these meet. */
export function ContourChart({ view, found, selection, kinds }: ChartProps) {
  const { runs, base } = found;
  const dark = useIsDark();
  const { change } = view;
  const { across, up, by } = useMemo(() => chosenAxes(view), [view]);
  const log = useMemo(() => logs(view), [view]);
  const samples = useMemo(() => {
    const axes = { across: { scale: scaled(runs, across, log.x), title: title(across) }, up: { scale: scaled(runs, up, log.y), title: title(up) } };
    return by ? samplesOf(runs, axes, { across, up, by }) : null;
  }, [runs, across, up, by, log]);
  const enough = samples !== null && !samples.axes.across.scale.words && !samples.axes.up.scale.words && areEnough(samples.items);
  const asCells = !enough || view.search.as === "cells";
  const heat = useMemo(() => (by && asCells ? heatOf(runs, across, up, by, formatOf(by)) : null), [runs, across, up, by, asCells]);
  const scale = asCells ? heat?.scale : samples?.scale;
  const left = asCells ? (heat?.left ?? 0) : runs.length - (samples?.items.length ?? 0);
  return (
    <>
      <div className={css.bar}>
        {kinds}
        <AxisSelect label="Metric" view={view} chosen={by} choose={(wanted) => change({ by: wanted })} only={["m"]} />
        <AxisSelect label="Up" view={view} chosen={up} choose={(wanted) => change({ up: wanted })} />
        <AxisSelect label="Across" view={view} chosen={across} choose={(wanted) => change({ across: wanted })} />
        {enough && <Segments label="Drawn as" options={looks} chosen={asCells ? "cells" : "lines"} choose={(value) => change({ as: value === "lines" ? undefined : value })} />}
        {!asCells && <LogBoxes view={view} across={across} up={up} />}
        <TableButton view={view} />
        {by && scale && <Legend column={by} scale={scale} dark={dark} />}
      </div>
      <p className="muted small">
        {asCells ? "Means; empty where no run was." : "Smoothed over neighbours, which are the points; empty far from all."}
        {left > 0 && ` ${plural(left, "run")} without these${asCells ? ", or of rarer values," : ""} left out.`}{" "}
        {asCells ? "Click a place to select its runs." : "Click a point to select it, drag to select many."}
      </p>
      {view.search.as === "table" ? (
        <PointsTable runs={runs} columns={[up, across, ...(by ? [by] : [])]} />
      ) : !by || (heat ? heat.cells.length === 0 : !samples) ? (
        <EmptyState title={`No run has ${title(across)}, ${title(up)} and a metric`} />
      ) : heat ? (
        <HeatMap
          heat={heat}
          metric={by.key}
          label={`Mean ${title(by)} by ${title(across)} and ${title(up)}: ${plural(heat.cells.length, "place")} with runs`}
          selection={selection}
          base={base && valueOf(base, by)}
          dark={dark}
        />
      ) : (
        samples && <ContourMap samples={samples} columns={[up, across, by]} found={found} selection={selection} dark={dark} />
      )}
    </>
  );
}
