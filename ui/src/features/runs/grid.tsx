import { useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import type { Run } from "@/api/schema";
import { askColor } from "@/components/swatch";
import { rowHeight, useDensity } from "@/components/theme";
import { widthOf } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { Card, CardHead, cardHeight } from "./card";
import { runAddress } from "./address";
import { GridHead } from "./grid-head";
import { GridRow } from "./grid-row";
import css from "./grid.module.css";
import { useCurves } from "./use-curves";
import type { Row } from "./use-runs";
import type { Sort } from "./use-view";

/** Narrower than this, a run is a card of two lines. */
const narrow = 480;
const none: readonly Column[] = [];

export type GridProps = {
  /** With a place for each run that matches, also those that are not here yet. */
  rows: ReadonlyArray<Row | undefined>;
  columns: readonly Column[];
  sort: Sort;
  sortBy: (sort: Sort) => void;
  selected: ReadonlySet<string>;
  select: (ids: readonly string[], on: boolean) => void;
  base: Run | undefined;
  nested: ReadonlyMap<string, { metrics: Record<string, { mean: number | string | null; deviation: number | string | null }> }>;
  toggle: (id: string) => void;
  act: (key: string, run: Run) => void;
  need: (first: number, last: number) => void;
  dim: boolean;
};

/** All runs that match as one list: of rows and columns alike, only those in sight are in the page. */
export function Grid(given: GridProps) {
  const { rows, columns, selected, select, base, toggle, act, need } = given;
  const count = rows.length;
  const router = useRouter();
  const density = useDensity();
  const box = useRef<HTMLDivElement>(null);
  const wide = useWidth(box);
  const cards = wide <= narrow;
  const height = cards ? cardHeight : rowHeight[density];
  const [active, setActive] = useState(0);
  const room = base ? 76 : given.nested.size > 0 ? 56 : 0;
  const nameWidth = wide < 600 ? 168 : 280;
  const down = useVirtualizer({ count, getScrollElement: () => box.current, estimateSize: () => height, overscan: 6, paddingStart: 0 });
  const across = useVirtualizer({
    horizontal: true,
    count: cards ? 0 : columns.length,
    getScrollElement: () => box.current,
    estimateSize: (at) => (columns[at] ? widthOf(columns[at], room) : 100),
    overscan: 1,
    paddingStart: nameWidth,
  });
  useEffect(() => down.measure(), [down, height]);
  useEffect(() => across.measure(), [across, columns, nameWidth, room]);
  const inSight = down.getVirtualItems();
  const first = inSight[0]?.index ?? 0;
  const last = inSight.at(-1)?.index ?? 0;
  useEffect(() => need(first, last), [first, last, need]);
  const curves = useCurves(rows, first, last, cards ? none : columns, base);
  const cells = across.getVirtualItems();
  const before = (cells[0]?.start ?? nameWidth) - nameWidth;
  const shown = useMemo(
    () => cells.map((cell) => columns[cell.index]).filter((column) => column !== undefined),
    // What is in sight, spelled out: the items themselves are new at every scroll.
    // oxlint-disable-next-line react/exhaustive-deps
    [columns, cells[0]?.index, cells.at(-1)?.index],
  );
  const open = useCallback((run: Run) => void router.navigate({ href: runAddress(run, base) }), [router, base]);
  const press = (event: KeyboardEvent) => {
    const { tagName } = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || tagName === "A") return;
    if (["Enter", " "].includes(event.key) && (tagName === "BUTTON" || tagName === "INPUT")) return;
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
    else if (event.key === "h") askColor(document.getElementById(`row-${active}`));
    else if (["b", "p"].includes(event.key)) act(event.key, row.run);
  };
  const RowOrCard = cards ? Card : GridRow;
  const width = cards ? wide : across.getTotalSize();
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      ref={box}
      className={`${css.grid} ${given.dim ? css.dim : ""} ${across.scrollOffset ? css.aside : ""}`}
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
      {cards ? (
        <CardHead {...given} />
      ) : (
        <GridHead {...given} shown={shown} room={room} before={before} width={width} nameWidth={nameWidth} />
      )}
      <div role="rowgroup" className={css.body} style={{ height: down.getTotalSize(), width }}>
        {inSight.map((item) => {
          const row = rows[item.index];
          return (
            <RowOrCard
              key={row ? `${row.pinned}${row.depth}${row.run.id}` : item.index}
              row={row}
              at={item.index}
              top={item.start}
              height={height}
              width={width}
              nameWidth={nameWidth}
              before={before}
              columns={cards ? columns : shown}
              room={room}
              selected={row !== undefined && selected.has(row.run.id)}
              active={item.index === active}
              base={base}
              spread={row && row.nested > 0 ? given.nested.get(row.run.id)?.metrics : undefined}
              curves={curves}
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

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(1000);
  useLayoutEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    setWidth(host.clientWidth);
    const watcher = new ResizeObserver(() => setWidth(host.clientWidth));
    watcher.observe(host);
    return () => watcher.disconnect();
  }, [box]);
  return width;
}
