import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { cacheSourceQuery } from "@/api/comparisons";
import type { Task } from "@/api/schema";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { Link, to } from "@/components/link";
import { Tabs } from "@/components/tabs";
import { Ago } from "@/components/time";
import { State, wordOf } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { duration, plural, shortTime } from "@/lib/format";
import { programOf } from "@/lib/pipelines/ir";
import type { Plan } from "@/lib/pipelines/ir";
import { ArtifactView } from "./artifact-view";
import css from "./task.module.css";
import { useNarrow } from "./hooks";
import { Scroller } from "./scroller";
import { TaskLog } from "./task-log";
import { Values } from "./values";

type Given = { run?: string; task: Task | null; plan: Plan | null; document: unknown; now: number; close: () => void };

const kinds: Record<string, string> = { step: "step", import: "import", dag: "group", loop: "loop" };

/** All there is about one task: why it ended so, what went in and came out, what it printed, what it runs. */
export function TaskPanel({ run, task, plan, document, now, close }: Given) {
  const [search, change] = useAddress();
  const heading = useRef<HTMLHeadingElement>(null);
  const program = useMemo(() => (plan ? programOf(document, plan.component) : null), [document, plan]);
  const printed = task !== null && run !== undefined && task.kind === "step";
  const tabs = [
    ...(task ? [{ value: "", label: "Overview" }] : []),
    ...(printed ? [{ value: "log", label: "Log" }] : []),
    ...(program ? [{ value: "code", label: "Code" }] : []),
  ];
  const tab = tabs.find((one) => one.value === (search.log ?? ""))?.value ?? tabs[0]?.value ?? "";
  const name = task?.display_name || plan?.label || "";
  const narrow = useNarrow();
  useEffect(() => heading.current?.focus({ preventScroll: !narrow }), [task?.id, plan?.name, narrow]);
  return (
    <aside className={css.panel} aria-label={`Task ${name}`}>
      <div className={css.top}>
        <div className="grow">
          <h2 ref={heading} tabIndex={-1} className={css.title}>
            {name}
          </h2>
          <div className="row wrap small muted" style={{ gap: "2px 10px" }}>
            {task && <State of={task.state} />}
            <span>
              {kinds[task?.kind ?? plan?.kind ?? "step"]}
              {task && task.iteration !== null ? `, round ${task.iteration + 1}` : ""}
            </span>
          </div>
        </div>
        <Button quiet small label="Close the task" onClick={close}>
          <X size={16} aria-hidden />
        </Button>
      </div>
      {tabs.length > 1 && <Tabs label="About this task" tabs={tabs} chosen={tab} choose={(value) => change({ log: value || undefined })} />}
      <div className={css.body}>
        {tab === "" && task && <Overview run={run} task={task} now={now} showLog={printed ? () => change({ log: "log" }) : null} />}
        {tab === "log" && printed && <TaskLog key={`${task.id}/${task.attempt}`} run={run} task={task.id} attempt={task.attempt} />}
        {tab === "code" && program && (
          <>
            <div className="small muted">
              Component <code>{plan?.component}</code>, image <code>{program.image}</code>
            </div>
            <Code label="What it runs" text={program.source || program.command.join("\n")} />
          </>
        )}
        {!task && !program && <p className="muted">{plan?.condition ? `Runs if ${plan.condition}` : "A group of tasks."}</p>}
      </div>
    </aside>
  );
}

type About = { run: string | undefined; task: Task; now: number; showLog: (() => void) | null };

function Overview({ run, task, now, showLog }: About) {
  const made = Object.entries(task.outputs.artifacts);
  const read = Object.entries(task.inputs.artifacts);
  return (
    <>
      {task.error && (
        <div className={task.state === "SKIPPED" ? css.reason : css.failure} role={task.state === "FAILED" ? "alert" : undefined}>
          <Scroller label="Error">{task.error.message}</Scroller>
          {showLog && task.state === "FAILED" && (
            <Button small onClick={showLog}>
              Show the log
            </Button>
          )}
        </div>
      )}
      {task.state === "SKIPPED" && !task.error && <p className="muted">Its condition did not hold.</p>}
      {task.cached_from && run && <CacheSource run={run} task={task} />}
      <dl className={css.facts}>
        <div>
          <dt>Started</dt>
          <dd>{task.started_at ? <Ago at={task.started_at} /> : "–"}</dd>
        </div>
        <div>
          <dt>Lasted</dt>
          <dd>{task.started_at ? duration((task.ended_at ?? now) - task.started_at) : "–"}</dd>
        </div>
        <div>
          <dt>Tries</dt>
          <dd>{task.started_at || task.attempt > 0 ? task.attempt + 1 : "–"}</dd>
        </div>
      </dl>
      <section>
        <h3>Outputs</h3>
        <Values of={task.outputs.parameters} {...(made.length === 0 ? { none: "None" } : {})} />
        {made.flatMap(([name, all]) => all.map((one) => <ArtifactView key={`${name}/${one.id}`} name={name} artifact={one} made />))}
      </section>
      <section>
        <h3>Inputs</h3>
        <Values of={task.inputs.parameters} {...(read.length === 0 ? { none: "None" } : {})} />
        {read.flatMap(([name, all]) => all.map((one) => <ArtifactView key={`${name}/${one.id}`} name={name} artifact={one} made={false} />))}
      </section>
      {task.history.length > 0 && (
        <details>
          <summary>{plural(task.history.length, "change")} of state</summary>
          <ol className={css.history}>
            {task.history.map((one, at) => (
              <li key={at}>
                <span className="muted">{shortTime(one.at)}</span> {wordOf(one.state)}
                {one.error && <span className="muted">: {one.error.message.split("\n")[0]}</span>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

/** The way to the run whose results were taken. */
function CacheSource({ run, task }: { run: string; task: Task }) {
  const found = useQuery(cacheSourceQuery(run, task.id));
  return (
    <p className={css.reason}>
      Nothing was run: the outputs are those of{" "}
      {found.data ? (
        <Link to={to.pipelineRun(found.data.run_id, `?task=${found.data.task_id}`)}>
          {found.data.task_name} in {found.data.run_name}
        </Link>
      ) : (
        <>
          an earlier task, <code>{task.cached_from.slice(0, 12)}</code>
          {found.error && ", whose run is deleted"}
        </>
      )}
      .
    </p>
  );
}
