import type { Run } from "@/api/schema";
import { Delta } from "@/components/delta";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Panel } from "@/components/panel";
import { number } from "@/lib/format";
import { isSystem } from "@/lib/metrics";
import { dataOf } from "@/lib/run-data";
import css from "./models.module.css";

type Compared = { run: Run | undefined; other: Run | undefined; label: string | undefined };

export function Numbers({ run, other, label }: Compared) {
  const mine = run ? dataOf(run).m : new Map<string, number | string>();
  const theirs = other ? dataOf(other).m : new Map<string, number | string>();
  const keys = [...new Set([...mine.keys(), ...theirs.keys()])].filter((key) => !isSystem(key));
  return (
    <Panel title="Metrics" side={run && <Link to={to.run(run.experiment_id, run.id)}>{run.name}</Link>} flush>
      {keys.length === 0 ? (
        <p className="muted" style={{ padding: 12 }}>{run ? "Its run has none." : "It is not known which run it was made of."}</p>
      ) : (
        <table className={layout.table}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" className="number">This version</th>
              {other && <th scope="col" className="number">Version {label}</th>}
              {other && <th scope="col" className="number">Difference</th>}
            </tr>
          </thead>
          <tbody>
            {keys.slice(0, 200).map((key) => (
              <tr key={key}>
                <td>{key}</td>
                <td className="number">{number(mine.get(key))}</td>
                {other && <td className="number">{number(theirs.get(key))}</td>}
                {other && (
                  <td className="number">
                    <Delta metric={key} value={mine.get(key)} base={theirs.get(key)} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

export function Params({ run, other, label }: Compared) {
  const mine = run ? dataOf(run).p : new Map<string, string>();
  const theirs = other ? dataOf(other).p : new Map<string, string>();
  const keys = [...new Set([...mine.keys(), ...theirs.keys()])];
  if (keys.length === 0) return null;
  const differs = (key: string) => other !== undefined && mine.get(key) !== theirs.get(key);
  return (
    <Panel title="Params" flush>
      <table className={layout.table}>
        {other && (
          <thead>
            <tr>
              <th scope="col">Param</th>
              <th scope="col">This version</th>
              <th scope="col">Version {label}</th>
            </tr>
          </thead>
        )}
        <tbody>
          {keys
            .toSorted((a, b) => Number(differs(b)) - Number(differs(a)))
            .slice(0, 300)
            .map((key) => (
              <tr key={key} className={differs(key) ? css.changed : ""}>
                <th scope="row">{key}</th>
                <td className="mono">{mine.get(key) ?? ""}</td>
                {other && <td className="mono">{theirs.get(key) ?? ""}</td>}
              </tr>
            ))}
        </tbody>
      </table>
    </Panel>
  );
}
