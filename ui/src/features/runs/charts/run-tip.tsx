import { Fragment } from "react";
import type { Run } from "@/api/schema";
import { usePointed } from "@/components/chart/pointed";
import { Delta } from "@/components/delta";
import { ColorMark } from "@/components/swatch";
import { spell, title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { shortTime } from "@/lib/format";
import { shownValue, valueOf } from "@/lib/run-data";

/** What is told of the run that is pointed at. */
export function RunTip({ runs, columns, base }: { runs: readonly Run[]; columns: readonly Column[]; base: Run | undefined }) {
  const pointed = usePointed();
  const run = runs.find((one) => one.id === pointed);
  if (!run) return null;
  const each = [...new Map(columns.map((one) => [spell(one), one])).values()];
  return (
    <>
      <ColorMark run={run} /> <strong>{run.name}</strong>
      {base?.id === run.id && <span className="muted"> baseline</span>}
      <dl>
        {each.map((column) => (
          <Fragment key={spell(column)}>
            <dt>{title(column)}</dt>
            <dd>
              {textOf(run, column) || "–"}{" "}
              {base && base.id !== run.id && column.kind === "m" && <Delta metric={column.key} value={valueOf(run, column)} base={valueOf(base, column)} />}
            </dd>
          </Fragment>
        ))}
      </dl>
    </>
  );
}

export function textOf(run: Run, column: Column): string {
  const value = valueOf(run, column);
  return column.kind === "a" && column.key === "started" && typeof value === "number" ? shortTime(value) : shownValue(column, value);
}
