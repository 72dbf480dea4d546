import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, ChevronUp, Columns3, X } from "lucide-react";
import { useDeferredValue, useRef, useState } from "react";
import { keysQuery } from "@/api/queries";
import { Button } from "@/components/button";
import { Input } from "@/components/field";
import { Popover } from "@/components/overlay";
import { Segments } from "@/components/tabs";
import { attributes, plain, spell } from "@/lib/columns";
import type { Column, Kind, Shown } from "@/lib/columns";
import { grouped } from "@/lib/format";
import css from "./column-picker.module.css";
import { spellSort } from "./use-view";
import type { View } from "./use-view";

const kinds = [
  { value: "m", label: "Metrics" },
  { value: "p", label: "Params" },
  { value: "t", label: "Tags" },
  { value: "a", label: "Run" },
];
const nameOf = { m: "metrics", p: "params", t: "tags" } as const;

export function ColumnPicker({ view }: { view: View }) {
  return (
    <Popover
      label="Columns"
      width={400}
      align="end"
      trigger={
        <Button>
          <Columns3 size={14} aria-hidden /> Columns
        </Button>
      }
    >
      <Picker view={view} />
    </Popover>
  );
}

function Picker({ view }: { view: View }) {
  const [kind, setKind] = useState<Kind>("m");
  const [text, setText] = useState("");
  const put = (columns: readonly Column[]) => view.change({ cols: columns.map(spell).join(",") || undefined });
  const move = (at: number) => {
    const next = [...view.columns];
    const [one] = next.splice(at, 1);
    if (one) next.splice(at - 1, 0, one);
    put(next);
  };
  const sortBy = (column: Column, ascending: boolean) => view.change({ sort: spellSort({ column: plain(column), ascending }) });
  return (
    <div className={css.picker}>
      <ul className={css.chosen} aria-label="Shown columns">
        {view.columns.map((column, at) => (
          <li key={spell(column)}>
            <span className="ellipsis grow">{column.key}</span>
            {column.kind === "m" && <ShownOf column={column} choose={(next) => put(view.columns.map((one, place) => (place === at ? next : one)))} />}
            <Button quiet small label={`Sort by ${column.key}, ascending`} onClick={() => sortBy(column, true)}>
              <ArrowUp size={12} aria-hidden />
            </Button>
            <Button quiet small label={`Sort by ${column.key}, descending`} onClick={() => sortBy(column, false)}>
              <ArrowDown size={12} aria-hidden />
            </Button>
            <Button quiet small disabled={at === 0} label={`Move ${column.key} to the left`} onClick={() => move(at)}>
              <ChevronUp size={12} aria-hidden />
            </Button>
            <Button quiet small label={`Hide ${column.key}`} onClick={() => put(view.columns.filter((_, place) => place !== at))}>
              <X size={12} aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      <div className="row wrap">
        <Segments label="Kind of column" options={kinds} chosen={kind} choose={(value) => setKind(value as Kind)} />
        {view.chosenByUser && (
          <Button quiet small onClick={() => view.change({ cols: undefined })}>
            Reset
          </Button>
        )}
      </div>
      <Input type="search" placeholder="Search keys" aria-label="Search keys" value={text} onChange={(event) => setText(event.target.value)} />
      <Keys kind={kind} contains={useDeferredValue(text.trim())} view={view} put={put} />
    </div>
  );
}

const shownOptions = [
  { value: "", label: "Last" },
  { value: "line", label: "Last, curve" },
  { value: "min", label: "Min" },
  { value: "max", label: "Max" },
];

/** What a column tells of a metric. */
function ShownOf({ column, choose }: { column: Column; choose: (column: Column) => void }) {
  const put = (value: string) => choose({ kind: "m", key: column.key, ...(value ? { shown: value as Shown } : {}) });
  return (
    <select className={css.shown} aria-label={`What is shown of ${column.key}`} value={column.shown ?? ""} onChange={(event) => put(event.target.value)}>
      {shownOptions.map((one) => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ))}
    </select>
  );
}

type KeysProps = { kind: Kind; contains: string; view: View; put: (columns: readonly Column[]) => void };

/** The server searches; of thousands of keys only those in sight are in the page. */
function Keys({ kind, contains, view, put }: KeysProps) {
  const found = useQuery({
    ...keysQuery([view.experiment], kind === "a" ? "metrics" : nameOf[kind], contains, 1000),
    enabled: kind !== "a",
  });
  const keys = kind === "a" ? attributes.filter((one) => one.includes(contains)).map((key) => ({ key, runs: null })) : (found.data?.items ?? []);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: keys.length, getScrollElement: () => box.current, estimateSize: () => 28, overscan: 6 });
  const chosen = new Set(view.columns.map((one) => spell(plain(one))));
  const toggle = (column: Column) => {
    const text = spell(column);
    put(chosen.has(text) ? view.columns.filter((one) => spell(plain(one)) !== text) : [...view.columns, column]);
  };
  const total = kind === "a" ? keys.length : (found.data?.total ?? 0);
  return (
    <>
      <div className={css.list} ref={box}>
        <div style={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((item) => {
            const one = keys[item.index];
            if (!one) return null;
            return (
              <label key={one.key} className={css.key} style={{ position: "absolute", top: item.start, left: 0 }}>
                <input type="checkbox" checked={chosen.has(`${kind}.${one.key}`)} onChange={() => toggle({ kind, key: one.key })} />
                <span className="ellipsis grow">{one.key}</span>
                {one.runs !== null && <span className="muted small">{grouped(one.runs)}</span>}
              </label>
            );
          })}
        </div>
      </div>
      <p className="muted small">
        {keys.length < total ? `${grouped(keys.length)} of ${grouped(total)} keys: search for more.` : `${grouped(total)} keys`}
        {kind !== "a" && " in the newest 500 runs"}
      </p>
      {contains && !keys.some((one) => one.key === contains) && kind !== "a" && (
        <Button small onClick={() => toggle({ kind, key: contains })}>
          Add “{contains}” all the same
        </Button>
      )}
    </>
  );
}
