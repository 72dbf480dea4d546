import { useState } from "react";
import { useDeleteSchedule } from "@/api/pipelines";
import type { PipelineRun, Schedule } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog } from "@/components/overlay";
import { CopyButton } from "@/components/code";
import { tell, tellError } from "@/components/toasts";
import { shortTime } from "@/lib/format";
import { NextTimes } from "./next-times";
import { Strip } from "./pipelines";
import css from "./pipelines.module.css";
import { ScheduleLineage } from "./schedule-lineage";
import { Values } from "./values";

export function ScheduleDetail({ schedule, runs, gone }: { schedule: Schedule; runs: readonly PipelineRun[]; gone: () => void }) {
  const remove = useDeleteSchedule();
  const [asking, setAsking] = useState(false);
  const drop = () =>
    remove.mutate(schedule.id, {
      onSuccess: () => {
        tell(`${schedule.name} is deleted`);
        gone();
      },
      onError: tellError,
    });
  return (
    <>
      <ScheduleLineage schedule={schedule} newest={runs[0]} />
      <div className={css.about}>
        <section>
          <h3>Next runs</h3>
          {schedule.next_at ? <NextTimes plan={schedule} first={schedule.next_at} /> : <p className="muted">None: it is {schedule.enabled ? "over" : "off"}.</p>}
        </section>
        <section>
          <h3>Rules</h3>
          <ul>
            <li>
              {schedule.cron ? <>Cron <code>{schedule.cron}</code> (UTC, seconds first)</> : <>Every <code>{schedule.every}</code> s</>}
            </li>
            <li>{schedule.version_id ? "A fixed version" : "The newest version each time"}</li>
            <li>{schedule.catch_up ? "What was missed is made up for" : "Of what was missed, only the newest is run"}</li>
            <li>At most {schedule.max_concurrency} at once</li>
            {schedule.start_at && <li>From {shortTime(schedule.start_at)}</li>}
            {schedule.end_at && <li>Until {shortTime(schedule.end_at)}</li>}
            <li className="row tight">
              <code>{schedule.id.slice(0, 12)}</code> <CopyButton text={schedule.id} label="Copy the id" />
            </li>
          </ul>
        </section>
        <section>
          <h3>Parameters</h3>
          <Values of={schedule.parameters} none="Defaults" />
        </section>
        <section>
          <h3>Last runs</h3>
          {runs.length > 0 ? <Strip runs={runs.slice(0, 20)} pipeline={schedule.pipeline_id} /> : <p className="muted">None lately</p>}
          <Button danger small onClick={() => setAsking(true)}>
            Delete…
          </Button>
        </section>
        {asking && (
          <Dialog
            title={`Delete ${schedule.name}?`}
            open
            onClose={() => setAsking(false)}
            actions={
              <>
                <Button onClick={() => setAsking(false)}>Cancel</Button>
                <Button danger onClick={drop}>
                  Delete
                </Button>
              </>
            }
          >
            <p>It starts nothing any more. Runs that it has started stay.</p>
          </Dialog>
        )}
      </div>
    </>
  );
}
