import { useCallback, useMemo, useState } from "react";
import type { Run } from "@/api/schema";
import { Canvas } from "@/components/chart/canvas";
import type { Gesture, Size, Spot } from "@/components/chart/canvas";
import canvas from "@/components/chart/canvas.module.css";
import { besides } from "@/components/chart/dots";
import { frameOf } from "@/components/chart/frame";
import { point, usePointed } from "@/components/chart/pointed";
import { Delta } from "@/components/delta";
import { EmptyState } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { title } from "@/lib/columns";
import { number, plural } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { chosenAxes, formatOf } from "./axes";
import { AxisSelect } from "./axis-select";
import css from "./charts.module.css";
import type { ChartProps } from "./charts-view";
import { cellAt, drawHeat, heatOf } from "./heat";
import type { Cell, Heat } from "./heat";
import { Legend } from "./legend";
import { TableButton } from "./options";
import { PointsTable } from "./points-table";

/** The mean of a metric where two params meet. A place without runs stays empty: nothing is guessed between them. */
export function ContourChart({ view, found, selection, kinds }: ChartProps) {
  const { runs, base } = found;
  const dark = useIsDark();
  const { change } = view;
  const { across, up, by } = useMemo(() => chosenAxes(view), [view]);
  const heat = useMemo(() => (by ? heatOf(runs, across, up, by, formatOf(by)) : null), [runs, across, up, by]);
  return (
    <>
      <div className={css.bar}>
        {kinds}
        <AxisSelect label="Metric" view={view} chosen={by} choose={(wanted) => change({ by: wanted })} only={["m"]} />
        <AxisSelect label="Up" view={view} chosen={up} choose={(wanted) => change({ up: wanted })} />
        <AxisSelect label="Across" view={view} chosen={across} choose={(wanted) => change({ across: wanted })} />
        <TableButton view={view} />
        {by && heat && <Legend column={by} scale={heat.scale} dark={dark} />}
      </div>
      <p className="muted small">
        Means; empty where no run was.{heat && heat.left > 0 && ` ${plural(heat.left, "run")} without these, or of rarer values, left out.`} Click a place to select its runs.
      </p>
      {view.search.as === "table" ? (
        <PointsTable runs={runs} columns={[up, across, ...(by ? [by] : [])]} />
      ) : !heat || heat.cells.length === 0 || !by ? (
        <EmptyState title={`No run has ${title(across)}, ${title(up)} and a metric`} />
      ) : (
        <HeatMap
          heat={heat}
          metric={by.key}
          label={`Mean ${title(by)} by ${title(across)} and ${title(up)}: ${plural(heat.cells.length, "place")} with runs`}
          selection={selection}
          base={base && valueOf(base, by)}
          dark={dark}
        />
      )}
    </>
  );
}

type HeatProps = { heat: Heat; metric: string; label: string; selection: ChartProps["selection"]; base: number | string | undefined; dark: boolean };

function HeatMap({ heat, metric, label, selection, base, dark }: HeatProps) {
  const pointed = usePointed();
  const [under, setUnder] = useState<{ cell: Cell; spot: Spot; size: Size } | null>(null);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, size: Size) => drawHeat(context, frameOf(size, heat.up), heat, { selected: selection.ids, pointed, under: under?.cell ?? null }),
    // The theme's colours are read from the page.
    // oxlint-disable-next-line react/exhaustive-deps
    [heat, selection.ids, pointed, under?.cell, dark],
  );
  const gesture = (what: Gesture, spot: Spot, size: Size, event: React.PointerEvent) => {
    const cell = what === "leave" ? null : cellAt(heat, frameOf(size, heat.up), spot);
    setUnder(cell && { cell, spot, size });
    point(cell?.runs.length === 1 ? (cell.runs[0]?.id ?? null) : null);
    if (what === "up" && cell) selection.choose(cell.runs.map((run) => run.id), event.shiftKey);
  };
  return (
    <Canvas label={label} paint={paint} gesture={gesture}>
      {under && (
        <div className={canvas.tip} style={besides(under.spot, under.size)}>
          <strong>
            {metric} {number(under.cell.mean)}
          </strong>{" "}
          {under.cell.deviation !== null && <span className="muted">± {number(under.cell.deviation)}</span>}{" "}
          <Delta metric={metric} value={under.cell.mean} base={base} />
          <dl>
            <dt>{heat.across.title}</dt>
            <dd>{heat.across.scale.ticks[under.cell.x]?.label}</dd>
            <dt>{heat.up.title}</dt>
            <dd>{heat.up.scale.ticks[under.cell.y]?.label}</dd>
          </dl>
          <span className="muted">{namesOf(under.cell.runs)}</span>
        </div>
      )}
    </Canvas>
  );
}

function namesOf(runs: readonly Run[]): string {
  const first = runs.slice(0, 3).map((run) => run.name).join(", ");
  return runs.length > 3 ? `${first} and ${plural(runs.length - 3, "other run")}` : first;
}
