import { useCallback, useMemo, useRef, useState } from "react";
import type { Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Canvas } from "@/components/chart/canvas";
import type { Gesture, Size, Spot } from "@/components/chart/canvas";
import { point, usePointed } from "@/components/chart/pointed";
import { Delta } from "@/components/delta";
import { EmptyState } from "@/components/states";
import { ColorMark } from "@/components/swatch";
import { useIsDark } from "@/components/theme";
import type { Found } from "@/features/runs/use-runs";
import type { Selection } from "@/features/runs/use-selection";
import type { View } from "@/features/runs/use-view";
import { plain, spell } from "@/lib/columns";
import { quoted, replacing, written } from "@/lib/filter";
import { number, plural } from "@/lib/format";
import { axesOf, placeOn, within } from "@/lib/parallel";
import type { Brush, ParallelAxis } from "@/lib/parallel";
import { valueOf } from "@/lib/run-data";
import css from "./charts.module.css";
import { draw, drawPointed, edge, label, nearest, xOf } from "./parallel-drawing";

type Given = { view: View; found: Found; selection: Selection; apply: (filter: string) => void };
const mostAxes = 12;
const grip = 14;

/** Narrower, their names stand over one another: then one scrolls. */
const widthOfAxis = 84;

/** Runs as lines across what was chosen and what came of it. A brush on a metric becomes a condition of the filter. */
export default function ParallelView({ view, found, selection, apply }: Given) {
  const { runs, base } = found;
  const dark = useIsDark();
  const pointed = usePointed();
  const [brushes, setBrushes] = useState<ReadonlyMap<string, Brush>>(new Map());
  const drag = useRef<{ axis: ParallelAxis; from: number } | null>(null);
  const columns = useMemo(() => {
    const all = [...view.columns.filter((one) => one.kind === "p"), ...view.columns.filter((one) => one.kind === "m")].map(plain);
    return [...new Map(all.map((one) => [spell(one), one])).values()];
  }, [view.columns]);
  const axes = useMemo(() => axesOf(runs, columns).slice(0, mostAxes), [runs, columns]);
  const lines = useMemo(() => runs.map((run) => axes.map((axis) => placeOn(axis, run))), [runs, axes]);
  const colored = axes.find((axis) => axis.column.kind === "m") ?? axes.at(-1);
  const inside = useMemo(() => lines.map((places) => within(axes, places, brushes)), [axes, lines, brushes]);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, size: Size) => draw(context, size, { runs, axes, lines, inside, brushes, selected: selection.ids, base: base?.id, colored, dark }),
    [runs, axes, lines, inside, brushes, selection.ids, base, colored, dark],
  );
  const mark = useCallback(
    (context: CanvasRenderingContext2D, size: Size) => drawPointed(context, size, { runs, lines, axes }, pointed),
    // oxlint-disable-next-line react/exhaustive-deps
    [runs, lines, axes, pointed, dark],
  );
  if (axes.length < 2) return <EmptyState title="Nothing to lay side by side">These runs differ in fewer than two of the chosen columns.</EmptyState>;

  const put = (axis: ParallelAxis, a: number, b: number) =>
    setBrushes((before) => new Map(before).set(axis.id, { low: Math.max(0, Math.min(a, b)), high: Math.min(1, Math.max(a, b)) }));
  const finish = (axis: ParallelAxis, from: number, to: number) => {
    const condition = conditionOf(axis, Math.max(0, Math.min(from, to)), Math.min(1, Math.max(from, to)));
    if (!condition) return;
    setBrushes(new Map());
    apply(replacing(view.filter, condition.key, condition.wanted));
  };
  const gesture = (what: Gesture, spot: Spot, size: Size) => {
    const share = 1 - (spot.y - edge.top) / (size.height - edge.top - edge.bottom);
    const under = nearest({ runs, lines, inside, axes }, spot, size);
    if (what === "leave") point(null);
    else if (what === "down") {
      const axis = axes.find((_, place) => Math.abs(xOf(place, axes.length, size) - spot.x) < grip);
      if (axis) drag.current = { axis, from: share };
    } else if (what === "move") {
      if (drag.current) put(drag.current.axis, drag.current.from, share);
      else point(under?.id ?? null);
    } else {
      const begun = drag.current;
      drag.current = null;
      if (!begun) {
        if (under) selection.toggle(under.id);
      } else if (Math.abs(share - begun.from) < 0.015) setBrushes((before) => new Map([...before].filter(([id]) => id !== begun.axis.id)));
      else finish(begun.axis, begun.from, share);
    }
  };
  const run = runs.find((one) => one.id === pointed);
  return (
    <div className={css.view}>
      <div className="row wrap" style={{ minHeight: 26 }}>
        <span className="muted">
          {brushes.size > 0 ? `${inside.filter(Boolean).length} of ${plural(runs.length, "run")} inside` : `${plural(runs.length, "run")}; drag along an axis to narrow down, click a line to select it`}
        </span>
        {brushes.size > 0 && (
          <Button small onClick={() => setBrushes(new Map())}>
            No brushes
          </Button>
        )}
        {run && <Pointed run={run} axis={colored} base={base} />}
        {colored && (
          <span className={css.legend}>
            {colored.column.key} {label(colored, 0)} <i className={css.ramp} aria-hidden /> {label(colored, 1)}
          </span>
        )}
      </div>
      <div className={css.sideways}>
        <div style={{ minWidth: axes.length * widthOfAxis }}>
          <Canvas label={`${plural(runs.length, "run")} across ${axes.map((axis) => axis.column.key).join(", ")}`} paint={paint} mark={mark} gesture={gesture} />
        </div>
      </div>
    </div>
  );
}

function Pointed({ run, axis, base }: { run: Run; axis: ParallelAxis | undefined; base: Run | undefined }) {
  const value = axis && valueOf(run, axis.column);
  return (
    <span className="row tight">
      <ColorMark run={run} /> <strong>{run.name}</strong> {axis && `${axis.column.key} ${number(value)}`}{" "}
      {axis && base && base.id !== run.id && axis.column.kind === "m" && <Delta metric={axis.column.key} value={value} base={valueOf(base, axis.column)} />}
    </span>
  );
}

/** A brush in the filter's words: a range of a metric, or the one word that it covers. */
function conditionOf(axis: ParallelAxis, low: number, high: number): { key: string; wanted: string[] } | null {
  const value = (share: number) => axis.low + share * (axis.high - axis.low);
  if (axis.column.kind === "m") {
    const key = written("metrics", axis.column.key);
    const bounds = [low > 0 ? `${key} >= ${Number(value(low).toPrecision(5))}` : "", high < 1 ? `${key} <= ${Number(value(high).toPrecision(5))}` : ""];
    return { key, wanted: bounds.filter(Boolean) };
  }
  const covered = axis.words?.filter((_, at) => at >= value(low) && at <= value(high)) ?? [];
  const key = written("params", axis.column.key);
  return covered.length === 1 && covered[0] !== undefined ? { key, wanted: [`${key} = ${quoted(covered[0])}`] } : null;
}

