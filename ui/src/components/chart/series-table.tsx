import type { Chart } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { extentOf } from "@/lib/series";
import { ExtentCells, ExtentHeads } from "./extent-cells";
import css from "./metric-chart.module.css";

/** The curves of a metric as numbers: exact, whatever was left out of the drawing. */
export function SeriesTable({ charts, names }: { charts: readonly Chart[]; names: ReadonlyMap<string, string> }) {
  return (
    <div className={css.table}>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <ExtentHeads />
          </tr>
        </thead>
        <tbody>
          {charts.map((chart) => {
            const extent = extentOf(chart);
            return (
              <tr key={chart.run_id}>
                <td>{names.get(chart.run_id)}</td>
                <ExtentCells last={extent?.last} extent={extent} total={chart.total} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
