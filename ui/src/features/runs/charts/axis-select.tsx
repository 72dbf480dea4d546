import { fieldOf, plain, spell, title } from "@/lib/columns";
import type { Column, Kind } from "@/lib/columns";
import { isOwnTag } from "@/lib/run-data";
import type { View } from "@/features/runs/use-view";
import css from "./charts.module.css";

type Given = { label: string; view: View; chosen: Column | null; choose: (column: string | undefined) => void; none?: string; only?: readonly Kind[] };

const names = { m: "Metrics", p: "Params", t: "Tags", a: "Run" } as const;

/** Which metric, param, tag or attribute stands for an axis. */
export function AxisSelect({ label, view, chosen, choose, none, only = ["m", "p", "t", "a"] }: Given) {
  const groups: Array<[Kind, Column[]]> = [
    ["m", view.keys.metrics.map((one) => ({ kind: "m", key: one.key }))],
    ["p", view.keys.params.map((one) => ({ kind: "p", key: one.key }))],
    ["t", view.keys.tags.filter((one) => !isOwnTag(one.key)).map((one) => ({ kind: "t", key: one.key }))],
    ["a", [{ kind: "a", key: "started" }, { kind: "a", key: "duration" }, { kind: "a", key: "user" }, { kind: "a", key: "status" }]],
  ];
  const columns = [...view.columns.map(plain), ...(chosen ? [chosen] : [])];
  const all = groups
    .filter(([kind]) => only.includes(kind))
    .map(([kind, known]) => {
      // What the table shows can be chosen too, though the newest runs do not have it.
      const more = columns.filter((one) => one.kind === kind);
      return [kind, [...new Map([...known, ...more].map((one) => [spell(one), one])).values()]] as const;
    });
  return (
    <label className={css.axis}>
      <span className="muted">{label}</span>
      <select aria-label={label} value={chosen ? spell(chosen) : ""} onChange={(event) => choose(event.target.value || undefined)} title={chosen ? `${fieldOf[chosen.kind]}.${chosen.key}` : none}>
        {none !== undefined && <option value="">{none}</option>}
        {all.map(([kind, known]) =>
          known.length === 0 ? null : (
            <optgroup key={kind} label={names[kind]}>
              {known.map((one) => (
                <option key={spell(one)} value={spell(one)}>
                  {title(one)}
                </option>
              ))}
            </optgroup>
          ),
        )}
      </select>
    </label>
  );
}
