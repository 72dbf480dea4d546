import { ArrowDown, ArrowUp, ChevronRight } from "lucide-react";
import { memo, useMemo } from "react";
import { Button } from "@/components/button";
import { Delta } from "@/components/delta";
import { Link } from "@/components/link";
import { State } from "@/components/states";
import { Swatch } from "@/components/swatch";
import { Ago } from "@/components/time";
import { parse, plain, serverKey, spell, title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { number } from "@/lib/format";
import { shownValue, valueOf } from "@/lib/run-data";
import { runAddress } from "./address";
import css from "./card.module.css";
import type { GridProps } from "./grid";
import type { RowProps } from "./grid-row";
import grid from "./grid.module.css";

export const cardHeight = 60;
const mostValues = 3;
/** With the difference to a baseline, a value takes more room. */
const mostAgainst = 2;

/** A run in two lines, for narrow screens: what it is, and how good. */
export const Card = memo(function Card(given: RowProps) {
  const { row, at, top, base } = given;
  const place = { transform: `translateY(${top}px)`, height: cardHeight };
  if (!row) {
    return (
      <div role="row" aria-rowindex={at + 2} className={css.card} style={place} aria-busy>
        <div role="gridcell">
          <span className={grid.wait} />
        </div>
      </div>
    );
  }
  const { run } = row;
  const columns = given.columns.filter((one) => one.kind === "m" || one.kind === "p").slice(0, base ? mostAgainst : mostValues);
  const classes = [css.card, given.active && grid.active, row.pinned && grid.pinned, base?.id === run.id && grid.base];
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid has the keys
    <div
      role="row"
      id={`row-${at}`}
      aria-rowindex={at + 2}
      aria-selected={given.selected}
      tabIndex={-1}
      className={classes.filter(Boolean).join(" ")}
      style={{ ...place, paddingLeft: 10 + row.depth * 14 }}
      onClick={() => given.activate(at)}
    >
      <div role="gridcell" className={css.cell}>
        <span className={css.line}>
          <input type="checkbox" className={grid.check} aria-label={`Select ${run.name}`} checked={given.selected} onChange={() => given.select([run.id], !given.selected)} />
          {row.nested > 0 && (
            <button type="button" className={grid.open} aria-expanded={row.open} aria-label={`Runs nested in ${run.name}`} onClick={() => given.toggle(run.id)}>
              <ChevronRight size={14} aria-hidden />
            </button>
          )}
          <Swatch run={run} />
          <State of={run.status} short />
          <Link to={runAddress(run, base)} className={`${css.name} ellipsis`}>
            {run.name}
          </Link>
          {base?.id === run.id && <span className={grid.badge}>baseline</span>}
          <span className="muted small end">
            <Ago at={run.started_at} />
          </span>
        </span>
        <span className={css.values}>
          {columns.map((column) => (
            <Figure key={spell(column)} {...given} row={row} column={column} />
          ))}
        </span>
      </div>
    </div>
  );
});

function Figure({ row, column, base, spread }: RowProps & { row: NonNullable<RowProps["row"]>; column: Column }) {
  const value = valueOf(row.run, column);
  const mean = value === undefined && column.kind === "m" ? spread?.[column.key]?.mean : undefined;
  if (value === undefined && (mean === undefined || mean === null)) return null;
  return (
    <span>
      <small className="muted">{column.key}</small> <span>{value === undefined ? `∅ ${number(mean)}` : shownValue(column, value)}</span>{" "}
      {base && base.id !== row.run.id && column.kind === "m" && <Delta metric={column.key} value={value} base={valueOf(base, column)} />}
    </span>
  );
}

/** What the heads of the columns do where there are no columns. */
export function CardHead({ rows, selected, select, columns, sort, sortBy }: GridProps) {
  const ids = useMemo(() => rows.flatMap((row) => (row ? [row.run.id] : [])), [rows]);
  const all = ids.length > 0 && ids.every((id) => selected.has(id));
  const options = [sort.column, { kind: "a", key: "started" } as const, ...columns.map(plain)].filter((one) => serverKey(one) !== null);
  const byText = new Map(options.map((one) => [spell(one), one]));
  const Icon = sort.ascending ? ArrowUp : ArrowDown;
  return (
    <div role="row" aria-rowindex={1} className={css.head}>
      <div role="columnheader" className="row grow">
        <input type="checkbox" className={grid.check} aria-label="Select all loaded runs" checked={all} onChange={() => select(ids, !all)} />
        <select
          className="end"
          aria-label="Sort by"
          value={spell(sort.column)}
          onChange={(event) => sortBy({ column: parse(event.target.value) ?? sort.column, ascending: false })}
        >
          {[...byText].map(([text, column]) => (
            <option key={text} value={text}>
              {title(column)}
            </option>
          ))}
        </select>
        <Button quiet small label={sort.ascending ? "Descending" : "Ascending"} onClick={() => sortBy({ ...sort, ascending: !sort.ascending })}>
          <Icon size={14} aria-hidden />
        </Button>
      </div>
    </div>
  );
}
