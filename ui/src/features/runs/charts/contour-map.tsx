import { useCallback, useMemo } from "react";
import type { Run } from "@/api/schema";
import type { Ink } from "@/components/chart/canvas";
import { Dots } from "@/components/chart/dots";
import { spotOf } from "@/components/chart/frame";
import type { Axis, Frame } from "@/components/chart/frame";
import { ramp } from "@/lib/colors";
import { title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { above, fieldOf } from "@/lib/contour";
import type { Region, Sample } from "@/lib/contour";
import { plural } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import type { Scale } from "@/lib/scale";
import { scaled } from "./axes";
import type { ChartProps } from "./charts-view";
import { RunTip } from "./run-tip";

const bands = 10;
type Axes = { across: Axis; up: Axis };
export type Samples = { items: ReadonlyArray<Sample & { id: string }>; scale: Scale; axes: Axes };

/** The runs that have all three, in places from 0 to 1. */
export function samplesOf(runs: readonly Run[], axes: Axes, { across, up, by }: { across: Column; up: Column; by: Column }): Samples {
  const scale = scaled(runs, by, false);
  const items = runs.flatMap((run) => {
    const [x, y, value] = [axes.across.scale.place(valueOf(run, across)), axes.up.scale.place(valueOf(run, up)), scale.place(valueOf(run, by))];
    return x === null || y === null || value === null ? [] : [{ id: run.id, x, y, value }];
  });
  return { items, scale, axes };
}

type Given = Pick<ChartProps, "found" | "selection"> & { samples: Samples; columns: readonly [Column, Column, Column]; dark: boolean };

/** Bands of a metric between the runs, which are the points over them, each in the colour of its own value. */
export function ContourMap({ samples, columns, found, selection, dark }: Given) {
  const { items, axes, scale } = samples;
  const [up, across, by] = columns;
  const regions = useMemo(() => {
    const field = fieldOf(items);
    return Array.from({ length: bands }, (_, at) => above(field, at / bands));
  }, [items]);
  const dots = useMemo(() => items.map(({ id, x, y, value }) => ({ id, x, y, color: ramp(value) })), [items]);
  const below = useCallback((context: CanvasRenderingContext2D, frame: Frame, colors: Ink) => regions.forEach((region, at) => drawBand(context, frame, colors, region, at)), [regions]);
  return (
    <Dots
      label={`Contours of ${title(by)} by ${title(across)} and ${title(up)}, ${plural(dots.length, "run")}, from ${scale.ticks[0]?.label} to ${scale.ticks.at(-1)?.label}`}
      dots={dots}
      across={axes.across}
      up={axes.up}
      selected={selection.ids}
      choose={selection.choose}
      toggle={selection.toggle}
      {...(found.base ? { base: found.base.id } : {})}
      tip={<RunTip runs={found.runs} columns={columns} base={found.base} />}
      below={below}
      dark={dark}
    />
  );
}

/** All that is at least so high, over what is lower; the first has no line, since it ends where the runs do. */
function drawBand(context: CanvasRenderingContext2D, frame: Frame, colors: Ink, { outlines, edges }: Region, at: number): void {
  context.beginPath();
  for (const outline of outlines) {
    outline.forEach((one, place) => {
      const { x, y } = spotOf(one.x, one.y, frame);
      if (place === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    context.closePath();
  }
  context.fillStyle = ramp((at + 0.5) / bands);
  context.fill();
  if (at === 0) return;
  context.beginPath();
  for (const [from, to] of edges) {
    const [a, b] = [spotOf(from.x, from.y, frame), spotOf(to.x, to.y, frame)];
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
  }
  context.strokeStyle = colors.surface;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.stroke();
  context.globalAlpha = 1;
}
