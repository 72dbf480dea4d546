import { useQuery } from "@tanstack/react-query";
import { pipelineQuery, runLineageQuery } from "@/api/pipelines";
import type { PipelineRun, Schedule } from "@/api/schema";
import { to } from "@/components/link";
import { State } from "@/components/states";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";

/** The pipeline, this schedule, the newest run that it started, and what came of that. */
export function ScheduleLineage({ schedule, newest }: { schedule: Schedule; newest: PipelineRun | undefined }) {
  const pipeline = useQuery({ ...pipelineQuery(schedule.pipeline_id), enabled: schedule.pipeline_id !== "" });
  const found = useQuery({ ...runLineageQuery(newest?.id ?? ""), enabled: newest !== undefined });
  const [model] = found.data?.models ?? [];
  const beads: Bead[] = [];
  if (pipeline.data) beads.push({ kind: "pipeline", label: pipeline.data.display_name || pipeline.data.name, to: to.pipeline(pipeline.data.id) });
  beads.push({ kind: "schedule", label: schedule.name, current: true });
  if (newest) beads.push({ kind: "newest run", label: newest.name, to: to.pipelineRun(newest.id), state: <State of={newest.state} short /> });
  if (newest?.tracking_run_id) beads.push({ kind: "run", label: "tracked by its steps", to: to.run(newest.experiment_id, newest.tracking_run_id) });
  if (model) beads.push({ kind: "model", label: `${model.model} v${model.version}`, to: to.version(model.model, model.version) });
  for (const name of model?.endpoints ?? []) beads.push({ kind: "endpoint", label: name, to: to.endpoint(name) });
  return <Thread beads={beads} />;
}
