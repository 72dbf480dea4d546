import { Target, X } from "lucide-react";
import type { ReactElement } from "react";
import type { ComparedTask, PipelineComparison, PipelineRun } from "@/api/schema";
import { Button } from "@/components/button";
import { Delta, durations } from "@/components/delta";
import { Link, to } from "@/components/link";
import { SideBySide } from "@/components/side-by-side";
import type { SideRow } from "@/components/side-by-side";
import css from "@/components/side-by-side.module.css";
import { State } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { Ago } from "@/components/time";
import { useAddress } from "@/components/use-address";
import { nextBaseline, useBaselineKey } from "@/components/use-baseline-key";
import { colorOf } from "@/lib/colors";
import { duration, grouped, number } from "@/lib/format";
import { bestOf, parameterLines, valueLines } from "@/lib/pipelines/comparison";
import type { Line } from "@/lib/pipelines/comparison";
import { textOf } from "./values";

type About = { runs: readonly PipelineRun[]; base: number };
const lasted = (run: PipelineRun) => (run.started_at === null || run.ended_at === null ? null : run.ended_at - run.started_at);

export function CompareRuns({ comparison }: { comparison: PipelineComparison }) {
  const [search, change] = useAddress();
  const dark = useIsDark();
  const { runs, tasks, values } = comparison;
  const about = { runs, base: runs.findIndex((run) => run.id === search.base) };
  useBaselineKey((pointed) => change({ base: nextBaseline(runs.map((run) => run.id), search.base, pointed) }));
  const all = search.all === "1";
  const lines = [parameterLines(runs), valueLines(values)] as const;
  const same = lines.flat().filter((line) => !line.differs).length;
  const rows = (which: readonly Line[]) => which.filter((line) => all || line.differs).map((line) => rowOf(line, about));
  return (
    <div className="stack" style={{ gap: 8 }}>
      <div className="row wrap">
        <label className="row tight">
          <input type="checkbox" checked={!all} onChange={(event) => change({ all: event.target.checked ? undefined : "1" })} />
          Only what differs
        </label>
        <span className="muted">{grouped(same)} of {grouped(lines.flat().length)} parameters and results are the same in all</span>
      </div>
      <SideBySide
        label="Differences"
        corner="Of each run"
        heads={runs.map((run) => ({ id: run.id, head: <Head run={run} runs={runs} color={colorOf(run, dark)} /> }))}
        groups={[
          { title: "Run", rows: runRows(about) },
          { title: "Parameters", rows: rows(lines[0]) },
          { title: "Results", rows: rows(lines[1]) },
          {
            title: "Tasks",
            rows: tasks.map((task) => ({
              key: task.place,
              label: task.place,
              title: task.place,
              cells: runs.map((run, at) => <Done key={run.id} run={run} cell={task.cells[at] ?? null} base={at === about.base ? null : (task.cells[about.base] ?? null)} />),
            })),
          },
        ]}
      />
    </div>
  );
}

function Head({ run, runs, color }: { run: PipelineRun; runs: readonly PipelineRun[]; color: string }) {
  const [search, change] = useAddress();
  const isBase = search.base === run.id;
  return (
    <span className="row tight" data-baseline={run.id}>
      <span className={css.dot} style={{ background: color }} aria-hidden />
      <Link to={to.pipelineRun(run.id)} className="ellipsis" style={{ maxWidth: 180 }} title={run.name}>
        {run.name}
      </Link>
      <Button quiet small aria-pressed={isBase} label={isBase ? `${run.name} is the baseline` : `Make ${run.name} the baseline`} onClick={() => change({ base: isBase ? undefined : run.id })}>
        <Target size={12} aria-hidden />
      </Button>
      <Button quiet small label={`Leave out ${run.name}`} onClick={() => change({ runs: runs.filter((one) => one !== run).map((one) => one.id).join(",") })}>
        <X size={12} aria-hidden />
      </Button>
    </span>
  );
}

function runRows({ runs, base }: About): SideRow[] {
  const row = (label: string, cell: (run: PipelineRun, at: number) => ReactElement) => ({ key: label, label, cells: runs.map(cell) });
  const baseline = runs[base];
  return [
    row("State", (run) => (
      <td key={run.id} title={run.error?.message}>
        <State of={run.state} />
      </td>
    )),
    row("Pipeline", (run) => (
      <td key={run.id}>
        {run.pipeline_id ? <Link to={to.pipeline(run.pipeline_id, run.version_id ? `?version=${run.version_id}` : "")}>{run.pipeline}</Link> : run.pipeline}
      </td>
    )),
    row("Started", (run) => (
      <td key={run.id}>
        <Ago at={run.started_at ?? run.created_at} />
      </td>
    )),
    row("Lasted", (run, at) => <Time key={run.id} ms={lasted(run)} base={baseline && at !== base ? lasted(baseline) : null} />),
  ];
}

function rowOf(line: Line, { runs, base }: About): SideRow {
  const best = bestOf(line);
  const of = line.cells[base];
  const cell = (run: PipelineRun, at: number) => {
    const value = line.cells[at];
    if (value === undefined || value === null) return <td key={run.id} className="muted">–</td>;
    const isNumber = typeof value === "number";
    const changed = !isNumber && base >= 0 && line.differs && textOf(of) !== textOf(value);
    const classes = [isNumber && css.number, changed && css.differs, isNumber && value === best && css.best].filter(Boolean).join(" ");
    return (
      <td key={run.id} className={classes} title={textOf(value).slice(0, 500)}>
        {isNumber && at !== base && typeof of === "number" && <Delta metric={line.label} value={value} base={of} />} {isNumber ? number(value) : textOf(value).slice(0, 120)}
      </td>
    );
  };
  return { key: line.key, label: line.label, title: line.label, cells: runs.map(cell) };
}

function Time({ ms, base }: { ms: number | null; base: number | null }) {
  return (
    <td className={css.number}>
      {ms !== null && base !== null && <Delta metric="duration" value={ms} base={base} as={durations} />} {ms === null ? "" : duration(ms)}
    </td>
  );
}

/** How the tasks of a place did: of a loop's, the worst, and how many. */
function Done({ run, cell, base }: { run: PipelineRun; cell: ComparedTask | null; base: ComparedTask | null }) {
  if (!cell) return <td className="muted">–</td>;
  const many = cell.tasks > 1 && ` ×${grouped(cell.tasks)}${cell.failed > 0 ? `, ${grouped(cell.failed)} failed` : ""}`;
  return (
    <td>
      <span className="row">
        <Link to={to.pipelineRun(run.id, `?task=${cell.task_id}`)} className="grow">
          <State of={cell.state} />
          {many}
        </Link>
        <span className="number">
          {cell.ms !== null && base?.ms !== null && base && <Delta metric="duration" value={cell.ms} base={base.ms} as={durations} />} {cell.ms === null ? "" : duration(cell.ms)}
        </span>
      </span>
    </td>
  );
}
