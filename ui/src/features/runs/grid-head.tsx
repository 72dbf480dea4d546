import { ArrowDown, ArrowUp } from "lucide-react";
import { memo, useMemo } from "react";
import { fieldOf, plain, serverKey, spell, title, widthOf } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import type { GridProps } from "./grid";
import css from "./grid.module.css";

type Given = GridProps & { room: number; shown: readonly Column[]; before: number; width: number; nameWidth: number };

export const GridHead = memo(function GridHead({ room, rows, selected, select, columns, shown, sort, sortBy, before, width, nameWidth }: Given) {
  const ids = useMemo(() => rows.flatMap((row) => (row ? [row.run.id] : [])), [rows]);
  const all = ids.length > 0 && ids.every((id) => selected.has(id));
  return (
    <div role="row" aria-rowindex={1} className={css.head} style={{ width }}>
      <div role="columnheader" className={css.name} style={{ width: nameWidth }}>
        <input
          type="checkbox"
          className={css.check}
          aria-label="Select all loaded runs"
          checked={all}
          onChange={() => select(ids, !all)}
        />
        <span className="muted small" style={{ fontWeight: 600 }}>
          Run
        </span>
      </div>
      <span style={{ width: before, flex: "none" }} aria-hidden />
      {shown.map((column) => {
        const mine = spell(sort.column) === spell(plain(column));
        const Icon = sort.ascending ? ArrowUp : ArrowDown;
        const isNumber = column.kind === "m" || column.key === "duration";
        return (
          <div
            key={spell(column)}
            role="columnheader"
            aria-colindex={columns.indexOf(column) + 2}
            aria-sort={mine ? (sort.ascending ? "ascending" : "descending") : "none"}
            className={`${css.cell} ${isNumber ? css.right : ""}`}
            style={{ width: widthOf(column, room) }}
            title={`${fieldOf[column.kind]}.${column.key}`}
          >
            <button
              type="button"
              className={css.sort}
              disabled={serverKey(column) === null}
              onClick={() => sortBy({ column: plain(column), ascending: mine ? !sort.ascending : false })}
            >
              <span>{title(column)}</span>
              {(column.shown === "min" || column.shown === "max") && <small>{column.shown}</small>}
              {mine && <Icon size={12} aria-hidden />}
            </button>
          </div>
        );
      })}
    </div>
  );
});
