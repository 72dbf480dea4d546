import type { Chart } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { grouped, number } from "@/lib/format";
import { extentOf } from "@/lib/series";
import css from "./metric-chart.module.css";

/** The curves of a metric as numbers: exact, whatever was left out of the drawing. */
export function SeriesTable({ charts, names }: { charts: readonly Chart[]; names: ReadonlyMap<string, string> }) {
  return (
    <div className={css.table}>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col" className="number">Last</th>
            <th scope="col" className="number">Min</th>
            <th scope="col" className="number">Max</th>
            <th scope="col" className="number">Points</th>
          </tr>
        </thead>
        <tbody>
          {charts.map((chart) => {
            const extent = extentOf(chart);
            return (
              <tr key={chart.run_id}>
                <td>{names.get(chart.run_id)}</td>
                <td className="number">{number(extent?.last)}</td>
                <td className="number">{number(extent?.least)}</td>
                <td className="number">{number(extent?.most)}</td>
                <td className="number">{grouped(chart.total)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
