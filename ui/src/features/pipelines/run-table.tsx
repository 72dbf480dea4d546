import type { PipelineRun } from "@/api/schema";
import { Link, to } from "@/components/link";
import layout from "@/components/layout.module.css";
import { Ago, useNow } from "@/components/time";
import { State } from "@/components/states";
import { duration } from "@/lib/format";
import css from "./pipelines.module.css";
import type { RunSelection } from "./selected-runs";
import { textOf } from "./values";

const few = 3;

type Listed = { runs: readonly PipelineRun[]; selection: RunSelection; of?: boolean };

/** Runs of pipelines, of which some can be selected; `of` leaves out which pipeline where that is the same for all. */
export function RunTable({ runs, selection, of = true }: Listed) {
  const now = useNow();
  return (
    <div className={css.scroll}>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col" className={css.tick}>
              <span className="visually-hidden">Selected</span>
            </th>
            <th scope="col">State</th>
            <th scope="col">Name</th>
            {of && <th scope="col">Pipeline</th>}
            <th scope="col">Parameters</th>
            <th scope="col" className="number">Lasted</th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} aria-selected={selection.ids.includes(run.id)}>
              <td className={css.tick}>
                <input type="checkbox" aria-label={`Select ${run.name}`} checked={selection.ids.includes(run.id)} onChange={() => selection.toggle(run.id)} />
              </td>
              <td>
                <State of={run.state} />
              </td>
              <td>
                <Link to={to.pipelineRun(run.id)} className={`${css.wide} ellipsis`}>
                  {run.name}
                </Link>
                {run.state === "FAILED" && run.error && <div className={`${css.wide} small muted ellipsis`}>{run.error.message}</div>}
              </td>
              {of && <td>{run.pipeline_id ? <Link to={to.pipeline(run.pipeline_id)}>{run.pipeline}</Link> : <span className="muted">{run.pipeline}</span>}</td>}
              <td>
                <Given parameters={run.parameters} />
              </td>
              <td className="number">{run.started_at ? duration((run.ended_at ?? Math.max(now, Date.now() - 10_000)) - run.started_at) : ""}</td>
              <td className="muted">
                <Ago at={run.started_at ?? run.created_at} />
                {run.schedule_id && <> · <Link to={`/schedules?id=${run.schedule_id}`}>schedule</Link></>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Given({ parameters }: { parameters: Readonly<Record<string, unknown>> }) {
  const all = Object.entries(parameters);
  if (all.length === 0) return null;
  return (
    <span className={`${css.given} small ellipsis`} title={all.map(([name, value]) => `${name} = ${textOf(value)}`).join("\n").slice(0, 2000)}>
      {all.slice(0, few).map(([name, value]) => (
        <span key={name}>
          <span className="muted">{name}</span> {textOf(value).slice(0, 40)}{" "}
        </span>
      ))}
      {all.length > few && <span className="muted">+{all.length - few}</span>}
    </span>
  );
}
