import { useCallback, useState } from "react";
import type { Run } from "@/api/schema";
import { Canvas } from "@/components/chart/canvas";
import type { Gesture, Size, Spot } from "@/components/chart/canvas";
import canvas from "@/components/chart/canvas.module.css";
import { besides } from "@/components/chart/dots";
import { frameOf } from "@/components/chart/frame";
import { point, usePointed } from "@/components/chart/pointed";
import { Delta } from "@/components/delta";
import { number, plural } from "@/lib/format";
import type { ChartProps } from "./charts-view";
import { cellAt, drawHeat } from "./heat";
import type { Cell, Heat } from "./heat";

type HeatProps = { heat: Heat; metric: string; label: string; selection: ChartProps["selection"]; base: number | string | undefined; dark: boolean };

/** The mean of a metric where two columns meet: a click selects the runs of a place. */
export function HeatMap({ heat, metric, label, selection, base, dark }: HeatProps) {
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
