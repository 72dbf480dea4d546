import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Upload } from "lucide-react";
import type { MouseEvent } from "react";
import { pipelineRunsQuery, pipelinesQuery, schedulesQuery } from "@/api/pipelines";
import { serverQuery } from "@/api/queries";
import type { Pipeline, PipelineRun } from "@/api/schema";
import { Button } from "@/components/button";
import { Link, to } from "@/components/link";
import { Snippets } from "@/components/code";
import { Input } from "@/components/field";
import layout from "@/components/layout.module.css";
import { Ago } from "@/components/time";
import { EmptyState, Loaded, State, wordOf } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { duration, grouped, plural } from "@/lib/format";
import { planWords } from "@/lib/pipelines/cron-words";
import { pipelinesCode } from "./code";
import css from "./pipelines.module.css";
import { Section } from "./section";
import { UploadDialog } from "./upload";

const lately = 300;
const strip = 20;

export function Pipelines() {
  const [search, change] = useAddress();
  const found = useQuery(pipelinesQuery());
  const runs = useQuery(pipelineRunsQuery({}, lately));
  const schedules = useQuery(schedulesQuery());
  const wanted = (search.q ?? "").toLowerCase();
  return (
    <Section
      at="/pipelines"
      name="Pipelines"
      code={pipelinesCode(window.location.origin)}
      facts={found.data && <span>{plural(found.data.total, "pipeline")}</span>}
      actions={
        <>
          {(found.data?.total ?? 0) > 0 && (
            <Input type="search" data-filter aria-label="Filter by name" placeholder="Filter by name" value={search.q ?? ""} onChange={(event) => change({ q: event.target.value || undefined })} />
          )}
          <Button primary={found.data?.total === 0} onClick={() => change({ upload: "1" })}>
            <Upload size={14} aria-hidden /> Upload
          </Button>
        </>
      }
    >
      <Loaded query={found} what="The list of pipelines">
        {({ items, total }) => {
          if (items.length === 0) return <FirstPipeline ran={(runs.data?.total ?? 0) > 0} />;
          const shown = items.filter((one) => `${one.name} ${one.display_name}`.toLowerCase().includes(wanted));
          if (shown.length === 0) return <EmptyState title="No pipeline is called that">{`${plural(total, "pipeline")} without the filter.`}</EmptyState>;
          return (
            <div className={css.scroll}>
              <table className={layout.table}>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col" title={`Of the newest ${lately} runs of all pipelines, the newest on the right`}>Last runs</th>
                    <th scope="col">Newest run</th>
                    <th scope="col">Schedule</th>
                    <th scope="col">Made</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((one) => (
                    <Row
                      key={one.id}
                      one={one}
                      runs={(runs.data?.items ?? []).filter((run) => run.pipeline_id === one.id).slice(0, strip)}
                      when={(schedules.data?.items ?? []).filter((each) => each.pipeline_id === one.id && each.enabled).map(planWords)}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
      {found.data && found.data.items.length < found.data.total && (
        <p className="muted">Showing {grouped(found.data.items.length)} of {grouped(found.data.total)}</p>
      )}
      {search.upload && <UploadDialog pipelines={found.data?.items ?? []} close={() => change({ upload: undefined })} />}
    </Section>
  );
}

function Row({ one, runs, when }: { one: Pipeline; runs: readonly PipelineRun[]; when: readonly string[] }) {
  const [newest] = runs;
  return (
    <tr>
      <td>
        <Link to={to.pipeline(one.id)}>
          <strong>{one.display_name || one.name}</strong>
        </Link>
        {one.description && <div className={`${css.description} muted small ellipsis`}>{one.description}</div>}
      </td>
      <td>
        <Strip runs={runs} pipeline={one.id} />
      </td>
      <td>
        {newest ? (
          <span className="row">
            <Link to={to.pipelineRun(newest.id)}>
              <State of={newest.state} />
            </Link>
            <span className="muted small">
              <Ago at={newest.created_at} />
            </span>
          </span>
        ) : (
          <span className="muted">none lately</span>
        )}
      </td>
      <td className="muted">
        {when[0]}
        {when.length > 1 && ` and ${when.length - 1} more`}
      </td>
      <td className="muted">
        <Ago at={one.created_at} />
      </td>
    </tr>
  );
}

/** The newest runs as bars, as long as they took: what fails, and what becomes slower, is seen at once. A bar is too narrow
 * to be a link of its own: all are one to the list of runs, from which the pointer gets to the run of its bar. */
export function Strip({ runs, pipeline }: { runs: readonly PipelineRun[]; pipeline: string }) {
  const router = useRouter();
  const took = (run: PipelineRun) => (run.ended_at ?? run.started_at ?? run.created_at) - (run.started_at ?? run.created_at);
  const most = Math.max(1, ...runs.map(took));
  if (runs.length === 0) return null;
  const failed = runs.filter((run) => run.state === "FAILED").length;
  const go = (event: MouseEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>("[data-run]")?.dataset.run;
    if (!id || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    void router.navigate({ href: to.pipelineRun(id) });
  };
  return (
    <Link to={to.pipeline(pipeline, "?tab=runs")} className={css.strip ?? ""} aria-label={`${plural(runs.length, "run")}, of which ${failed} failed`} onClick={go}>
      {runs.toReversed().map((run) => (
        <span key={run.id} data-run={run.id} data-state={run.state} title={`${run.name}: ${wordOf(run.state)}${run.ended_at ? `, ${duration(took(run))}` : ""}`}>
          <span style={{ height: `${25 + (75 * took(run)) / most}%` }} />
        </span>
      ))}
    </Link>
  );
}

function FirstPipeline({ ran }: { ran: boolean }) {
  const server = useQuery(serverQuery());
  const url = server.data?.url ?? window.location.origin;
  const component = `from kfp import dsl


@dsl.component(base_image="python:3.12")
def add(a: int, b: int) -> int:
    return a + b


@dsl.pipeline(name="adder")
def adder(a: int, b: int = 2) -> int:
    return add(a=a, b=b).output
`;
  return (
    <EmptyState title="No pipeline is kept yet">
      <p className="muted">
        Pipelines are written with the Kubeflow Pipelines SDK and run here unchanged: on this machine, with no cluster and no container.
        {ran && " What was run without being kept is among the runs."}
      </p>
      {ran && <Link to="/pipelines/runs">All runs</Link>}
      <div style={{ width: "min(720px, 100%)" }}>
        <Snippets
          snippets={[
            { value: "run", label: "Run it", text: `import kfp\n${component}\n\nclient = kfp.Client(host="${url}")\nclient.create_run_from_pipeline_func(adder, arguments={"a": 5})` },
            { value: "keep", label: "Keep it", text: `import kfp\nfrom kfp import compiler\n${component}\n\ncompiler.Compiler().compile(adder, "adder.yaml")\nkfp.Client(host="${url}").upload_pipeline("adder.yaml", "adder")` },
            { value: "cli", label: "Commands", text: `kfp dsl compile --py adder.py --output adder.yaml\nmodelyard pipelines upload adder.yaml\nmodelyard pipelines run adder a=5 --watch` },
          ]}
        />
      </div>
    </EmptyState>
  );
}
