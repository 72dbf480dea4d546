import { RangeChoice } from "@/components/range-choice";
import { Segments } from "@/components/tabs";
import { useAddress } from "@/components/use-address";
import { noRange } from "@/components/use-range";
import type { Axis } from "@/lib/range";
import type { ChartSettings } from "./metric-chart";
import css from "./metric-chart.module.css";

const axes = [
  { value: "step", label: "Step" },
  { value: "time", label: "Time" },
  { value: "relative", label: "Relative" },
];

/** How charts are drawn, as the address says. */
export function useChartSettings(): ChartSettings {
  const [search] = useAddress();
  const axis: Axis = search.x === "time" || search.x === "relative" ? search.x : "step";
  const weight = Number(search.smooth ?? 0);
  return { axis, log: search.log?.includes("1") ?? false, smoothing: weight > 0 && weight < 1 ? weight : 0 };
}

export function ChartSettingsBar() {
  const settings = useChartSettings();
  const [, change] = useAddress();
  return (
    <div className={css.settings}>
      <Segments label="Horizontal axis" options={axes} chosen={settings.axis} choose={(value) => change({ ...noRange, x: value === "step" ? undefined : value })} />
      <label>
        Smoothing
        <input
          type="range"
          min={0}
          max={0.98}
          step={0.02}
          value={settings.smoothing}
          onChange={(event) => change({ smooth: Number(event.target.value) > 0 ? event.target.value : undefined })}
        />
        <span className="number" style={{ minWidth: 30 }}>{settings.smoothing.toFixed(2)}</span>
      </label>
      <label>
        <input type="checkbox" checked={settings.log} onChange={(event) => change({ log: event.target.checked ? "1" : undefined })} />
        Logarithmic
      </label>
      <RangeChoice axis={settings.axis} />
      <span className="muted small" title="Double-click to go back">
        Drag to zoom, with Shift all
      </span>
    </div>
  );
}
