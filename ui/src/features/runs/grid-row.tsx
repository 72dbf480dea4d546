import { ChevronRight, Pin } from "lucide-react";
import { memo } from "react";
import type { Run } from "@/api/schema";
import { Sparkline } from "@/components/chart/sparkline";
import { Delta } from "@/components/delta";
import { Link } from "@/components/link";
import { State } from "@/components/states";
import { Swatch } from "@/components/swatch";
import { Ago } from "@/components/time";
import { curveWidth, spell, widthOf } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { number } from "@/lib/format";
import type { Value } from "@/lib/format";
import { shownValue } from "@/lib/run-data";
import { lineOf } from "@/lib/series";
import css from "./grid.module.css";
import { runAddress } from "./address";
import { curveOf, shownOf, toldOf } from "./use-curves";
import type { Curves } from "./use-curves";
import type { Row } from "./use-runs";

export type Spread = { mean: Value | null; deviation: Value | null };
export type RowProps = {
  row: Row | undefined;
  at: number;
  top: number;
  height: number;
  width: number;
  nameWidth: number;
  before: number;
  columns: readonly Column[];
  room: number;
  selected: boolean;
  active: boolean;
  base: Run | undefined;
  spread: Record<string, Spread> | undefined;
  curves: Curves;
  select: (ids: readonly string[], on: boolean) => void;
  toggle: (id: string) => void;
  activate: (at: number) => void;
};

export const GridRow = memo(function GridRow(given: RowProps) {
  const { row, at, top, height, width, before, columns, base } = given;
  const place = { top, height, width, lineHeight: `${height}px` };
  if (!row) {
    return (
      <div role="row" aria-rowindex={at + 2} className={css.row} style={place} aria-busy>
        <div role="gridcell" className={css.name} style={{ width: given.nameWidth }}>
          <span className={css.wait} />
        </div>
      </div>
    );
  }
  const { run } = row;
  const classes = [css.row, given.active && css.active, row.pinned && css.pinned, base?.id === run.id && css.base];
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid has the keys
    <div
      role="row"
      id={`row-${at}`}
      aria-rowindex={at + 2}
      aria-selected={given.selected}
      tabIndex={-1}
      className={classes.filter(Boolean).join(" ")}
      style={place}
      onClick={() => given.activate(at)}
    >
      <Name {...given} row={row} />
      <span style={{ width: before, flex: "none" }} aria-hidden />
      {columns.map((column) => (
        <Cell key={spell(column)} run={run} column={column} room={given.room} base={base} spread={given.spread?.[column.key]} curves={given.curves} />
      ))}
    </div>
  );
});

function Name({ row, selected, select, toggle, nameWidth, base }: RowProps & { row: Row }) {
  const { run } = row;
  return (
    <div role="gridcell" className={css.name} style={{ width: nameWidth, paddingLeft: 8 + row.depth * 18 }}>
      <input
        type="checkbox"
        className={css.check}
        tabIndex={-1}
        aria-label={`Select ${run.name}`}
        checked={selected}
        onChange={() => select([run.id], !selected)}
      />
      {row.nested > 0 && (
        <button
          type="button"
          tabIndex={-1}
          className={css.open}
          aria-expanded={row.open}
          aria-label={`Runs nested in ${run.name}`}
          onClick={() => toggle(run.id)}
        >
          <ChevronRight size={14} aria-hidden />
        </button>
      )}
      <Swatch run={run} tabIndex={-1} />
      <State of={run.status} short />
      <Link to={runAddress(run, base)} tabIndex={-1} className="ellipsis" title={run.name}>
        {run.name}
      </Link>
      {row.nested > 0 && <span className={css.badge}>{row.nested}</span>}
      {row.pinned && <Pin size={12} aria-label="Pinned" />}
      {base?.id === run.id && <span className={css.badge}>baseline</span>}
    </div>
  );
}

/** Whether it may not fit: letters are 13 pixels high, and hardly any is wider than 9. */
const isLong = (text: string, width: number) => text.length * 9 > width;

type CellProps = { room: number; run: Run; column: Column; base: Run | undefined; spread: Spread | undefined; curves: Curves };

function Cell({ room, run, column, base, spread, curves }: CellProps) {
  const chart = column.shown ? curves.get(curveOf(run.id, column.key)) : undefined;
  const value = shownOf(run, column, curves);
  const isNumber = column.kind === "m" || column.key === "duration";
  const width = widthOf(column, room);
  const style = { width };
  if (column.key === "started" && column.kind === "a") {
    return (
      <div role="gridcell" className={`${css.cell} muted`} style={style}>
        <Ago at={run.started_at} />
      </div>
    );
  }
  if (column.kind === "m" && value === undefined && spread?.mean !== undefined && spread.mean !== null) {
    return (
      <div role="gridcell" className={`${css.cell} ${css.right} muted`} style={style} title="Mean ± deviation of the nested runs">
        {number(spread.mean)} <small>± {number(spread.deviation)}</small>
      </div>
    );
  }
  const against = base !== undefined && base.id !== run.id && column.kind === "m" ? shownOf(base, column, curves) : undefined;
  const text = shownValue(column, value);
  return (
    <div
      role="gridcell"
      className={`${css.cell} ${isNumber ? css.right : isLong(text, width - 20) ? css.cut : ""}`}
      style={style}
      {...(value === undefined ? {} : { title: toldOf(value, run, column, curves) })}
    >
      {column.shown === "line" && chart && chart.total > 1 && (
        <span className={css.curve}>
          <Sparkline line={lineOf(chart)} width={curveWidth} height={20} />
        </span>
      )}
      {against !== undefined && <Delta metric={column.key} value={value} base={against} />}
      {against !== undefined && " "}
      {text}
    </div>
  );
}
