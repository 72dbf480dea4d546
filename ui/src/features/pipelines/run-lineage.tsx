import { useQuery } from "@tanstack/react-query";
import { runLineageQuery } from "@/api/pipelines";
import type { PipelineRun } from "@/api/schema";
import { to } from "@/components/link";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { State } from "@/components/states";

const few = 3;

/** Pipeline, this run, the tracking run of its steps, the model versions that came of it, and where these are served. */
export function RunLineage({ run }: { run: PipelineRun }) {
  const lineage = useQuery({ ...runLineageQuery(run.id), refetchInterval: run.ended_at === null ? 15_000 : false });
  const beads: Bead[] = [];
  if (run.pipeline_id) beads.push({ kind: "pipeline", label: run.pipeline, to: to.pipeline(run.pipeline_id) });
  beads.push({ kind: "pipeline run", label: run.name, current: true, state: <State of={run.state} short /> });
  if (run.tracking_run_id) beads.push({ kind: "run", label: "tracked by its steps", to: to.run(run.experiment_id, run.tracking_run_id) });
  const models = lineage.data?.models ?? [];
  for (const one of models.slice(0, few)) beads.push({ kind: "model", label: `${one.model} v${one.version}`, to: to.version(one.model, one.version) });
  if (models.length > few) beads.push({ kind: "models", label: `${models.length - few} more` });
  for (const name of new Set(models.flatMap((one) => one.endpoints))) beads.push({ kind: "endpoint", label: name, to: to.endpoint(name) });
  return <Thread beads={beads} />;
}
