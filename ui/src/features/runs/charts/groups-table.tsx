import layout from "@/components/layout.module.css";
import { grouped, number } from "@/lib/format";
import css from "./charts.module.css";
import type { Group } from "./groups-chart";

const parts = ["least", "low", "median", "high", "most", "mean", "deviation"] as const;
const heads = { least: "Min", low: "Lower quarter", median: "Median", high: "Upper quarter", most: "Max", mean: "Mean", deviation: "Deviation" };

export function GroupsTable({ groups, by }: { groups: readonly Group[]; by: string }) {
  return (
    <div className={css.scroll}>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col">{by}</th>
            <th scope="col" className="number">Runs</th>
            {parts.map((part) => (
              <th key={part} scope="col" className="number">{heads[part]}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={group.label}>
              <td>{group.label}</td>
              <td className="number">{grouped(group.runs.length)}</td>
              {parts.map((part) => (
                <td key={part} className="number">{number(group.summary?.[part])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
