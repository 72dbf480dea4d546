import { useCallback, useMemo } from "react";
import type { Run } from "@/api/schema";
import type { Ink } from "@/components/chart/canvas";
import { Dots } from "@/components/chart/dots";
import type { Frame } from "@/components/chart/frame";
import { EmptyState } from "@/components/states";
import { Segments } from "@/components/tabs";
import { useIsDark } from "@/components/theme";
import { binsOf } from "@/lib/bins";
import { plain, title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { plural } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import { numberOf, scaleOf } from "@/lib/scale";
import { summaryOf } from "@/lib/summary";
import type { Summary } from "@/lib/summary";
import { chosenAxes, coloring, formatOf, logs } from "./axes";
import { AxisSelect } from "./axis-select";
import css from "./charts.module.css";
import type { ChartProps } from "./charts-view";
import { drawBar, drawBox } from "./draw-groups";
import { GroupsTable } from "./groups-table";
import { LogBoxes, TableButton } from "./options";
import { RunTip } from "./run-tip";

const mostGroups = 24;
const looks = [
  { value: "box", label: "Box" },
  { value: "bars", label: "Mean" },
];

/** A metric by the values of a param, tag or attribute: a box or a bar for each, with its runs on it. */
export function GroupsChart({ view, found, selection, kinds }: ChartProps) {
  const { runs, base } = found;
  const dark = useIsDark();
  const { change } = view;
  const { across, up } = useMemo(() => chosenAxes(view), [view]);
  const asBars = view.search.as === "bars";
  const log = logs(view).y && !asBars;
  const { groups, left } = useMemo(() => groupsOf(runs, across, up), [runs, across, up]);
  const axes = useMemo(() => {
    const values = runs.map((run) => valueOf(run, up));
    // A bar begins at zero.
    const scale = scaleOf(asBars ? [...values, 0] : values, { log, format: formatOf(up) });
    const count = groups.length;
    const ticks = groups.map((group, at) => ({ place: (at + 0.5) / count, label: `${group.label} (${group.runs.length})` }));
    return { across: { scale: { kind: "words" as const, place: () => null, ticks, words: groups.map((one) => one.label) }, title: title(across) }, up: { scale, title: title(up) } };
  }, [runs, groups, across, up, log, asBars]);
  const dots = useMemo(() => {
    const colors = coloring(runs, null, dark, dark ? "#6bb0ff" : "#0b5fc4");
    return groups.flatMap((group, at) =>
      group.runs.flatMap((run) => {
        const y = axes.up.scale.place(valueOf(run, up));
        return y === null ? [] : [{ id: run.id, x: (at + 0.5 + aside(run.id, group.runs.length)) / groups.length, y, color: colors.colorOf(run) }];
      }),
    );
  }, [runs, groups, axes, up, dark]);
  const below = useCallback(
    (context: CanvasRenderingContext2D, frame: Frame, colors: Ink) =>
      groups.forEach((group, at) => {
        const slot = { left: at / groups.length, right: (at + 1) / groups.length };
        if (group.summary) (asBars ? drawBar : drawBox)(context, frame, colors, slot, group.summary, axes.up.scale);
      }),
    [groups, axes, asBars],
  );
  return (
    <>
      <div className={css.bar}>
        {kinds}
        <AxisSelect label="Metric" view={view} chosen={up} choose={(wanted) => change({ up: wanted })} only={["m", "a"]} />
        <AxisSelect label="By" view={view} chosen={across} choose={(wanted) => change({ across: wanted })} />
        <Segments label="Drawn as" options={looks} chosen={asBars ? "bars" : "box"} choose={(value) => change({ as: value === "box" ? undefined : value })} />
        {!asBars && <LogBoxes view={view} up={up} />}
        <TableButton view={view} />
      </div>
      <p className="muted small">
        {asBars ? "Bars are means, lines one deviation to either side." : "Boxes hold the middle half, lines reach to the lowest and highest."}
        {left > 0 && ` The ${groups.length} largest of ${groups.length + left} groups.`} Click a point to select its run, drag to select many.
      </p>
      {view.search.as === "table" ? (
        <GroupsTable groups={groups} by={title(across)} />
      ) : dots.length === 0 ? (
        <EmptyState title={`No run has both ${title(across)} and ${title(up)}`} />
      ) : (
        <Dots
          label={`${title(up)} by ${title(across)}: ${plural(groups.length, "group")} of ${plural(dots.length, "run")}`}
          dots={dots}
          across={axes.across}
          up={axes.up}
          selected={selection.ids}
          choose={selection.choose}
          toggle={selection.toggle}
          {...(base ? { base: base.id } : {})}
          tip={<RunTip runs={runs} columns={[up, plain(across)]} base={base} />}
          below={below}
          dark={dark}
        />
      )}
    </>
  );
}

export type Group = { label: string; runs: Run[]; summary: Summary | null };

function groupsOf(runs: readonly Run[], across: Column, up: Column): { groups: Group[]; left: number } {
  const some = runs.filter((run) => Number.isFinite(numberOf(valueOf(run, up))));
  const bins = binsOf(some.map((run) => valueOf(run, across)), mostGroups);
  const all = bins.labels.map((label): Group => ({ label, runs: [], summary: null }));
  for (const run of some) {
    const at = bins.indexOf(valueOf(run, across));
    if (at !== null) all[at]?.runs.push(run);
  }
  const groups = all.filter((group) => group.runs.length > 0);
  for (const group of groups) group.summary = summaryOf(group.runs.map((run) => numberOf(valueOf(run, up))));
  return { groups, left: bins.left };
}

/** Beside the middle, always as far for the same run: what lies on top of another is seen, and nothing jumps. */
function aside(id: string, count: number): number {
  return count < 2 ? 0 : (Number.parseInt(id.slice(0, 6), 16) / 0xffffff - 0.5) * 0.44;
}
