import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "@/components/button";
import layout from "@/components/layout.module.css";
import css from "./artifacts.module.css";

type Column = { name: string; hint?: string; numeric: boolean };

/** A page of rows of a file; `first` is the number of the first one. */
export function RowTable({ columns, rows, first, label }: { columns: readonly Column[]; rows: ReadonlyArray<ReadonlyArray<string | null>>; first: number; label: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className={css.rows} tabIndex={0} role="region" aria-label={label}>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col" className="number">
              <span className="visually-hidden">Row</span>
            </th>
            {columns.map((one, at) => (
              <th key={at} scope="col" className={one.numeric ? "number" : ""} title={one.hint}>
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              <td className={`number ${css.count}`}>{first + at}</td>
              {row.map((cell, place) => (
                <td key={place} className={columns[place]?.numeric ? "number" : css.cell} title={cell !== null && cell.length > 40 ? cell : undefined}>
                  {cell ?? <span className="muted">null</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Turn = (() => void) | undefined;

/** What is shown of how much, and the way to the rest. */
export function Pager({ children, previous, next }: { children: React.ReactNode; previous: Turn; next: Turn }) {
  return (
    <div className={`row wrap ${css.pager}`}>
      <span className="muted small grow" role="status">
        {children}
      </span>
      {(previous ?? next) && (
        <>
          <Button small disabled={!previous} onClick={previous}>
            <ChevronLeft size={14} aria-hidden /> Rows before
          </Button>
          <Button small disabled={!next} onClick={next}>
            Next rows <ChevronRight size={14} aria-hidden />
          </Button>
        </>
      )}
    </div>
  );
}
