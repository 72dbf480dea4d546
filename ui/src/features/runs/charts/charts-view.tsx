import type { ReactNode } from "react";
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
  { value: "contour", label: "Contour" },
];
const charts = { curves: Curves, scatter: ScatterChart, groups: GroupsChart, contour: ContourChart };

export type ChartProps = { view: View; found: Found; selection: Selection; kinds: ReactNode };

/** The runs in drawings of several kinds; which one, and of what, is in the address. */
export default function ChartsView(given: Omit<ChartProps, "kinds">) {
  const { mode, change } = given.view;
  const kind = mode === "table" || mode === "parallel" ? "curves" : mode;
  const Chart = charts[kind];
  const choose = (value: string) => change({ charts: value === "curves" ? undefined : value, as: undefined }, true);
  return (
    <div className={css.view}>
      <Chart {...given} kinds={<Segments label="Kind of chart" options={kinds} chosen={kind} choose={choose} />} />
    </div>
  );
}
