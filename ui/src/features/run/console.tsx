import { useQuery } from "@tanstack/react-query";
import { pipelineRunQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { CopyButton } from "@/components/code";
import { Log as Printed } from "@/components/log";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState, Loaded } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { plain } from "@/lib/notebook";
import { dataOf, pipelineTag, taskTag } from "@/lib/run-data";
import { useTaskLog } from "./use-log";

/** What was printed by the step of a pipeline that made this run; by any step, where the run stands for all of them. */
export default function Console({ run }: { run: Run }) {
  const tags = dataOf(run).t;
  const pipelineRun = tags.get(pipelineTag) ?? "";
  const task = tags.get(taskTag);
  return task ? <Log run={pipelineRun} task={task} /> : <OfAnyStep run={pipelineRun} />;
}

function OfAnyStep({ run }: { run: string }) {
  const [search, change] = useAddress();
  const found = useQuery(pipelineRunQuery(run));
  return (
    <Loaded query={found} what="The steps of the pipeline">
      {({ tasks }) => {
        const steps = tasks.filter((one) => one.kind === "step");
        const chosen = steps.find((one) => one.id === search.task) ?? steps.find((one) => one.state === "FAILED") ?? steps[0];
        if (!chosen) return <EmptyState title="No step has begun yet" />;
        return (
          <Log
            key={chosen.id}
            run={run}
            task={chosen.id}
            side={
              <select aria-label="Step" value={chosen.id} onChange={(event) => change({ task: event.target.value })}>
                {steps.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.display_name || one.name}
                    {one.iteration === null ? "" : ` ${one.iteration}`}, {one.state.toLowerCase()}
                  </option>
                ))}
              </select>
            }
          />
        );
      }}
    </Loaded>
  );
}

function Log({ run, task, side }: { run: string; task: string; side?: React.ReactNode }) {
  const log = useTaskLog(run, task);
  if (log.error && !log.text) return <ErrorState error={log.error} what="The log" />;
  const text = plain(log.text);
  return (
    <Panel
      title="Log"
      side={
        <>
          <span className="muted small" role="status">
            {log.error ? `broken off: ${log.error.message}` : log.over ? "" : "goes on while it runs"}
          </span>
          {side}
          <CopyButton text={text} label="Copy the log" />
        </>
      }
      flush
    >
      {log.cut && <p className="muted small" style={{ padding: "8px 12px 0" }}>The last 2 MB.</p>}
      <Printed label="What the step printed" text={text} otherwise={log.over ? "Nothing was printed." : "Nothing was printed yet."} />
    </Panel>
  );
}
