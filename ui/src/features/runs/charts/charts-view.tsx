import { Segments } from "@/components/tabs";
import type { Found } from "@/features/runs/use-runs";
import type { Selection } from "@/features/runs/use-selection";
import type { View } from "@/features/runs/use-view";
import css from "./charts.module.css";
import { ContourChart } from "./contour-chart";
import { Curves } from "./curves";
import { GroupsChart } from "./groups-chart";
import { ScatterChart } from "./scatter-chart";

const kinds = [
  { value: "curves", label: "Curves" },
  { value: "scatter", label: "Scatter" },
  { value: "groups", label: "Groups" },
  { value: "contour", label: "Heat map" },
];
const charts = { curves: Curves, scatter: ScatterChart, groups: GroupsChart, contour: ContourChart };

export type ChartProps = { view: View; found: Found; selection: Selection };

/** The runs in drawings of several kinds; which one, and of what, is in the address. */
export default function ChartsView(given: ChartProps) {
  const { mode, change } = given.view;
  const kind = mode === "table" || mode === "parallel" ? "curves" : mode;
  const Chart = charts[kind];
  return (
    <div className={css.view}>
      <Segments label="Kind of chart" options={kinds} chosen={kind} choose={(value) => change({ charts: value === "curves" ? undefined : value, as: undefined }, true)} />
      <Chart {...given} />
    </div>
  );
}
