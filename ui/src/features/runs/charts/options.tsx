import { Table2 } from "lucide-react";
import { Button } from "@/components/button";
import { title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import type { View } from "@/features/runs/use-view";
import { logs } from "./axes";
import css from "./charts.module.css";

const mayBeLog = (column: Column) => column.kind === "m" || column.kind === "p" || column.key === "duration";

export function LogBoxes({ view, across, up }: { view: View; across?: Column; up: Column }) {
  const on = logs(view);
  const put = (x: boolean, y: boolean) => view.change({ log: `${x ? "x" : ""}${y ? "1" : ""}` || undefined });
  return (
    <>
      {across && mayBeLog(across) && (
        <label className={css.axis}>
          <input type="checkbox" checked={on.x} aria-label={`Logarithmic ${title(across)}, across`} onChange={(event) => put(event.target.checked, on.y)} /> log across
        </label>
      )}
      {mayBeLog(up) && (
        <label className={css.axis}>
          <input type="checkbox" checked={on.y} aria-label={`Logarithmic ${title(up)}, up`} onChange={(event) => put(on.x, event.target.checked)} /> log up
        </label>
      )}
    </>
  );
}

/** The drawing as a table and back. */
export function TableButton({ view }: { view: View }) {
  const isTable = view.search.as === "table";
  return (
    <Button quiet label="As a table" aria-pressed={isTable} onClick={() => view.change({ as: isTable ? undefined : "table" })}>
      <Table2 size={14} aria-hidden />
    </Button>
  );
}
