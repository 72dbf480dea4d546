import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight } from "lucide-react";
import { Fragment } from "react";
import type { ReactNode } from "react";
import { pipelineRunsQuery, pipelinesQuery, schedulesQuery, useSwitchSchedule } from "@/api/pipelines";
import type { PipelineRun, Schedule } from "@/api/schema";
import { Link, to } from "@/components/link";
import layout from "@/components/layout.module.css";
import { Ago } from "@/components/time";
import { EmptyState, Loaded, State } from "@/components/states";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { grouped } from "@/lib/format";
import { planWords } from "@/lib/pipelines/cron-words";
import css from "./pipelines.module.css";
import { ScheduleDetail } from "./schedule-detail";

const lately = 200;

/** Schedules, of one pipeline or all; one of them is open, as the address says. */
export function ScheduleTable({ pipeline, none }: { pipeline?: string; none: ReactNode }) {
  const [search, change] = useAddress();
  const found = useQuery({ ...schedulesQuery(), refetchInterval: 15_000 });
  const runs = useQuery({ ...pipelineRunsQuery(pipeline ? { pipeline_id: pipeline } : {}, lately), refetchInterval: 15_000 });
  const pipelines = useQuery(pipelinesQuery());
  const names = new Map(pipelines.data?.items.map((one) => [one.id, one.display_name || one.name]));
  return (
    <Loaded query={found} what="The schedules">
      {({ items, total }) => {
        const shown = items.filter((one) => !pipeline || one.pipeline_id === pipeline);
        const lost = search.id && !items.some((one) => one.id === search.id);
        return (
          <>
            {lost && <p className="muted">There is no schedule {search.id} any more.</p>}
            {shown.length === 0 ? (
              <EmptyState title="No schedules">
                <p className="muted">{none}</p>
              </EmptyState>
            ) : (
              <div className={css.scroll}>
                <table className={layout.table}>
                  <thead>
                    <tr>
                      <th scope="col">Name</th>
                      <th scope="col">When</th>
                      <th scope="col">Next run</th>
                      {!pipeline && <th scope="col">Pipeline</th>}
                      <th scope="col">Last run</th>
                      <th scope="col" className="number">Runs</th>
                      <th scope="col">On</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((one) => {
                      const mine = (runs.data?.items ?? []).filter((run) => run.schedule_id === one.id);
                      const open = search.id === one.id;
                      return (
                        <Fragment key={one.id}>
                          <Row
                            one={one}
                            last={mine[0]}
                            open={open}
                            toggle={() => change({ id: open ? undefined : one.id })}
                            of={pipeline ? null : (names.get(one.pipeline_id) ?? "")}
                          />
                          {open && (
                            <tr className={css.detail}>
                              <td colSpan={pipeline ? 6 : 7}>
                                <ScheduleDetail schedule={one} runs={mine} gone={() => change({ id: undefined })} />
                              </td>
                            </tr>
                          )}
                        </Fragment>
                      );
                    })}
                  </tbody>
                </table>
              </div>
            )}
            {items.length < total && <p className="muted">Showing {grouped(items.length)} of {grouped(total)}</p>}
          </>
        );
      }}
    </Loaded>
  );
}

type Given = { one: Schedule; last: PipelineRun | undefined; open: boolean; toggle: () => void; of: string | null };

function Row({ one, last, open, toggle, of }: Given) {
  const change = useSwitchSchedule();
  const Arrow = open ? ChevronDown : ChevronRight;
  const flip = () =>
    change.mutate({ id: one.id, on: !one.enabled }, { onSuccess: () => tell(`${one.name} is ${one.enabled ? "off" : "on"}`), onError: tellError });
  return (
    <tr>
      <td>
        <button type="button" className={css.unfold} aria-expanded={open} onClick={toggle}>
          <Arrow size={14} aria-hidden />
          <span className={`${css.wide} ellipsis`}>{one.name}</span>
        </button>
        {one.error && <div className={`${css.trouble} small`}>{one.error}</div>}
      </td>
      <td title={one.cron || `${one.every} s`}>{planWords(one)}</td>
      <td>{one.next_at ? <Ago at={one.next_at} /> : <span className="muted">{one.enabled ? "over" : "off"}</span>}</td>
      {of !== null && <td>{one.pipeline_id ? <Link to={to.pipeline(one.pipeline_id)}>{of || one.pipeline_id.slice(0, 8)}</Link> : <span className="muted">of its own</span>}</td>}
      <td>
        {last ? (
          <span className="row">
            <Link to={to.pipelineRun(last.id)}>
              <State of={last.state} />
            </Link>
            <span className="muted small">
              <Ago at={last.created_at} />
            </span>
          </span>
        ) : (
          <span className="muted">{one.runs > 0 ? "not lately" : "none yet"}</span>
        )}
      </td>
      <td className="number">{grouped(one.runs)}</td>
      <td>
        <button type="button" role="switch" aria-checked={one.enabled} aria-label={`${one.name} is on`} className={css.switch} disabled={change.isPending} onClick={flip}>
          <span />
        </button>
      </td>
    </tr>
  );
}
