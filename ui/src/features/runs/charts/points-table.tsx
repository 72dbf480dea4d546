import type { Run } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { spell, title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { grouped } from "@/lib/format";
import css from "./charts.module.css";
import { textOf } from "./run-tip";

const most = 500;

/** The points of a drawing as numbers, for those who cannot see it. */
export function PointsTable({ runs, columns }: { runs: readonly Run[]; columns: readonly Column[] }) {
  return (
    <div className={css.scroll}>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {columns.map((column) => (
              <th key={spell(column)} scope="col" className="number">
                {title(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.slice(0, most).map((run) => (
            <tr key={run.id}>
              <td>
                <Link to={to.run(run.experiment_id, run.id)}>{run.name}</Link>
              </td>
              {columns.map((column) => (
                <td key={spell(column)} className="number">
                  {textOf(run, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {runs.length > most && <p className="muted small">The first {most} of {grouped(runs.length)}.</p>}
    </div>
  );
}
