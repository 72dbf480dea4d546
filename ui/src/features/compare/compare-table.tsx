import { ArrowLeftRight, Target, X } from "lucide-react";
import { useMemo, useState } from "react";
import type { Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Delta } from "@/components/delta";
import { Input } from "@/components/field";
import { Link, to } from "@/components/link";
import { SideBySide } from "@/components/side-by-side";
import css from "@/components/side-by-side.module.css";
import { EmptyState, State } from "@/components/states";
import { Swatch } from "@/components/swatch";
import { useAddress } from "@/components/use-address";
import { spell } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { grouped, toNumber } from "@/lib/format";
import { direction } from "@/lib/metrics";
import { isOwnTag, shownValue, valueOf } from "@/lib/run-data";

type Line = { column: Column; differs: boolean; best: number | null };
const mostLines = 400;
const kinds = ["m", "p", "t", "a"] as const;
const titles = { m: "Metrics", p: "Params", t: "Tags", a: "Run" } as const;

/** A line for every key and a column for every run, or the other way round; what is the same everywhere is left out. */
export function CompareTable({ runs, remove }: { runs: readonly Run[]; remove: (id: string) => void }) {
  const [search, change] = useAddress();
  const [text, setText] = useState("");
  const all = search.all === "1";
  const lines = useMemo(() => linesOf(runs), [runs]);
  const wanted = lines.filter((one) => (all || one.differs) && one.column.key.toLowerCase().includes(text.toLowerCase()));
  const shown = wanted.slice(0, mostLines);
  const base = runs.find((run) => run.id === search.base);
  const flipped = search.flip === "1" || (search.flip === undefined && runs.length > 8);
  const same = lines.length - lines.filter((one) => one.differs).length;
  return (
    <div className="stack" style={{ gap: 8 }}>
      <div className="row wrap">
        <label className="row tight">
          <input type="checkbox" checked={!all} onChange={(event) => change({ all: event.target.checked ? undefined : "1" })} />
          Only what differs
        </label>
        <span className="muted">{grouped(same)} of {grouped(lines.length)} keys are the same in all</span>
        <Input type="search" className="end" placeholder="Search keys" aria-label="Search keys" value={text} onChange={(event) => setText(event.target.value)} />
        <Button onClick={() => change({ flip: flipped ? "0" : "1" })}>
          <ArrowLeftRight size={14} aria-hidden /> {flipped ? "Runs as columns" : "Runs as rows"}
        </Button>
      </div>
      {shown.length === 0 ? (
        <EmptyState title="Nothing differs">{!all && <Button onClick={() => change({ all: "1" })}>Show everything</Button>}</EmptyState>
      ) : flipped ? (
        <RunsAsRows runs={runs} lines={shown} base={base} remove={remove} />
      ) : (
        <RunsAsColumns runs={runs} lines={shown} base={base} remove={remove} />
      )}
      {wanted.length > shown.length && <p className="muted">The first {mostLines} of {grouped(wanted.length)} keys: search for others.</p>}
    </div>
  );
}

function linesOf(runs: readonly Run[]): Line[] {
  const columns = new Map<string, Column>();
  const put = (column: Column) => columns.set(spell(column), column);
  for (const run of runs) {
    for (const one of run.metrics) put({ kind: "m", key: one.key });
    for (const one of run.params) put({ kind: "p", key: one.key });
    for (const one of run.tags) if (!isOwnTag(one.key)) put({ kind: "t", key: one.key });
  }
  put({ kind: "a", key: "duration" });
  return [...columns.values()]
    .toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.key.localeCompare(b.key))
    .map((column) => {
      const values = runs.map((run) => valueOf(run, column));
      const numbers = column.kind === "m" ? values.map((value) => toNumber(value)).filter((value) => !Number.isNaN(value)) : [];
      const way = direction(column.key);
      const best = way === null || numbers.length < 2 ? null : numbers.reduce((a, b) => (way === "up" ? Math.max(a, b) : Math.min(a, b)));
      return { column, differs: new Set(values).size > 1, best };
    });
}

type Given = { runs: readonly Run[]; lines: readonly Line[]; base: Run | undefined; remove: (id: string) => void };

function Cell({ run, line, base }: { run: Run; line: Line; base: Run | undefined }) {
  const value = valueOf(run, line.column);
  const isMetric = line.column.kind === "m";
  const isNumber = isMetric || line.column.key === "duration";
  const changed = !isMetric && line.differs && base !== undefined && valueOf(base, line.column) !== value;
  const classes = [isNumber && css.number, changed && css.differs, isMetric && line.best !== null && toNumber(value) === line.best && css.best];
  return (
    <td className={classes.filter(Boolean).join(" ")} title={value === undefined ? "" : String(value)}>
      {base && base.id !== run.id && isMetric && <Delta metric={line.column.key} value={value} base={valueOf(base, line.column)} />}{" "}
      {shownValue(line.column, value)}
    </td>
  );
}

function Name({ run, base, remove }: { run: Run } & Pick<Given, "base" | "remove">) {
  const [, change] = useAddress();
  const isBase = base?.id === run.id;
  return (
    <span className="row tight" data-baseline={run.id}>
      <Swatch run={run} />
      <State of={run.status} short />
      <Link to={to.run(run.experiment_id, run.id)} className="ellipsis" style={{ maxWidth: 180 }} title={run.name}>
        {run.name}
      </Link>
      <Button quiet small aria-pressed={isBase} label={isBase ? `${run.name} is the baseline` : `Make ${run.name} the baseline`} onClick={() => change({ base: isBase ? undefined : run.id })}>
        <Target size={12} aria-hidden />
      </Button>
      <Button quiet small label={`Leave out ${run.name}`} onClick={() => remove(run.id)}>
        <X size={12} aria-hidden />
      </Button>
    </span>
  );
}

function RunsAsColumns({ runs, lines, base, remove }: Given) {
  const heads = runs.map((run) => ({ id: run.id, head: <Name run={run} base={base} remove={remove} /> }));
  const groups = kinds.map((kind) => ({
    title: titles[kind],
    rows: lines
      .filter((line) => line.column.kind === kind)
      .map((line) => ({
        key: spell(line.column),
        label: line.column.key,
        title: line.column.key,
        cells: runs.map((run) => <Cell key={run.id} run={run} line={line} base={base} />),
      })),
  }));
  return <SideBySide label="Differences" corner="Key" heads={heads} groups={groups} />;
}

function RunsAsRows({ runs, lines, base, remove }: Given) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Differences">
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {lines.map((line) => (
              <th key={spell(line.column)} scope="col" className={line.column.kind === "m" ? css.number : ""} title={line.column.key}>
                {line.column.key}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <th scope="row">
                <Name run={run} base={base} remove={remove} />
              </th>
              {lines.map((line) => (
                <Cell key={spell(line.column)} run={run} line={line} base={base} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
