import { useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import type { Run } from "@/api/schema";
import { to } from "@/components/link";
import { rowHeight, useDensity, useIsDark } from "@/components/theme";
import { fieldOf, serverKey, spell, widthOf } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { colorOf } from "@/lib/colors";
import { GridRow } from "./grid-row";
import css from "./grid.module.css";
import type { Row } from "./use-runs";
import type { Sort } from "./use-view";

export type GridProps = {
  rows: readonly Row[];
  count: number;
  columns: readonly Column[];
  sort: Sort;
  sortBy: (sort: Sort) => void;
  selected: ReadonlySet<string>;
  select: (ids: readonly string[], on: boolean) => void;
  base: Run | undefined;
  nested: ReadonlyMap<string, { metrics: Record<string, { mean: number | string | null; deviation: number | string | null }> }>;
  toggle: (id: string) => void;
  act: (key: string, run: Run) => void;
  more: () => void;
  dim: boolean;
};

/** All runs that match as one list: of rows and columns alike, only those in sight are in the page. */
export function Grid(given: GridProps) {
  const { rows, count, columns, selected, select, base, toggle, act, more } = given;
  const router = useRouter();
  const dark = useIsDark();
  const height = rowHeight[useDensity()];
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const room = base ? 76 : given.nested.size > 0 ? 56 : 0;
  const [nameWidth, setNameWidth] = useState(280);
  useEffect(() => setNameWidth(box.current && box.current.clientWidth < 600 ? 168 : 280), []);
  const down = useVirtualizer({ count, getScrollElement: () => box.current, estimateSize: () => height, overscan: 6, paddingStart: 0 });
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => box.current,
    estimateSize: (at) => (columns[at] ? widthOf(columns[at], room) : 100),
    overscan: 1,
    paddingStart: nameWidth,
  });
  useEffect(() => down.measure(), [down, height]);
  useEffect(() => across.measure(), [across, columns, nameWidth, room]);
  const inSight = down.getVirtualItems();
  const last = inSight.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 20 && rows.length < count) more();
  }, [last, rows.length, count, more]);
  const cells = across.getVirtualItems();
  const before = (cells[0]?.start ?? nameWidth) - nameWidth;
  const shown = useMemo(
    () => cells.map((cell) => columns[cell.index]).filter((column) => column !== undefined),
    // What is in sight, spelled out: the items themselves are new at every scroll.
    // oxlint-disable-next-line react/exhaustive-deps
    [columns, cells[0]?.index, cells.at(-1)?.index],
  );
  const open = useCallback((run: Run) => void router.navigate({ href: to.run(run.experiment_id, run.id) }), [router]);
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).tagName === "A") return;
    const row = rows[active];
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.max(0, Math.min(count - 1, step === Infinity ? count - 1 : step === -Infinity ? 0 : active + step));
      setActive(next);
      down.scrollToIndex(next, { align: "auto" });
      const at = rows[next];
      if (event.shiftKey && at) select([at.run.id], true);
    } else if (!row) return;
    else if (event.key === "Enter") open(row.run);
    else if (event.key === "x" || event.key === " ") {
      event.preventDefault();
      select([row.run.id], !selected.has(row.run.id));
    } else if (event.key === "ArrowRight" && row.nested > 0 && !row.open) toggle(row.run.id);
    else if (event.key === "ArrowLeft" && row.open) toggle(row.run.id);
    else if (["b", "p"].includes(event.key)) act(event.key, row.run);
  };
  const width = across.getTotalSize();
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      ref={box}
      className={`${css.grid} ${given.dim ? css.dim : ""}`}
      role="grid"
      aria-label="Runs"
      aria-rowcount={count + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable
      aria-activedescendant={rows[active] ? `row-${active}` : undefined}
      tabIndex={0}
      data-grid
      onKeyDown={press}
    >
      <Head {...given} shown={shown} room={room} before={before} width={width} nameWidth={nameWidth} />
      <div role="rowgroup" className={css.body} style={{ height: down.getTotalSize(), width }}>
        {inSight.map((item) => {
          const row = rows[item.index];
          return (
            <GridRow
              key={row ? `${row.pinned}${row.depth}${row.run.id}` : item.index}
              row={row}
              at={item.index}
              top={item.start}
              height={height}
              width={width}
              nameWidth={nameWidth}
              before={before}
              columns={shown}
              room={room}
              selected={row !== undefined && selected.has(row.run.id)}
              active={item.index === active}
              base={base}
              spread={row && row.nested > 0 ? given.nested.get(row.run.id)?.metrics : undefined}
              color={row ? colorOf(row.run.id, dark) : ""}
              select={select}
              toggle={toggle}
              activate={setActive}
            />
          );
        })}
      </div>
    </div>
  );
}

const steps: Record<string, number> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: 20,
  PageUp: -20,
  Home: -Infinity,
  End: Infinity,
};

type HeadProps = GridProps & { room: number; shown: readonly Column[]; before: number; width: number; nameWidth: number };

function Head({ room, rows, selected, select, columns, shown, sort, sortBy, before, width, nameWidth }: HeadProps) {
  const all = rows.length > 0 && rows.every((row) => selected.has(row.run.id));
  return (
    <div role="row" aria-rowindex={1} className={css.head} style={{ width }}>
      <div role="columnheader" className={css.name} style={{ width: nameWidth }}>
        <input
          type="checkbox"
          className={css.check}
          tabIndex={-1}
          aria-label="Select all loaded runs"
          checked={all}
          onChange={() => select(rows.map((row) => row.run.id), !all)}
        />
        <span className="muted small" style={{ fontWeight: 600 }}>
          Run
        </span>
      </div>
      <span style={{ width: before, flex: "none" }} aria-hidden />
      {shown.map((column) => {
        const mine = spell(sort.column) === spell(column);
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
              tabIndex={-1}
              className={css.sort}
              disabled={serverKey(column) === null}
              onClick={() => sortBy({ column, ascending: mine ? !sort.ascending : false })}
            >
              <span>{column.kind === "a" ? titles[column.key] : column.key}</span>
              {mine && <Icon size={12} aria-hidden />}
            </button>
          </div>
        );
      })}
    </div>
  );
}

const titles: Record<string, string> = { started: "Started", duration: "Duration", user: "User", status: "Status", id: "Id" };
