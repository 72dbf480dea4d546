import { useQuery } from "@tanstack/react-query";
import { runLineageQuery } from "@/api/pipelines";
import type { Pipeline, PipelineRun } from "@/api/schema";
import { to } from "@/components/link";
import { State } from "@/components/states";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";

/** The pipeline, its newest run, and what came of that. */
export function PipelineLineage({ pipeline, newest }: { pipeline: Pipeline; newest: PipelineRun | undefined }) {
  const found = useQuery({ ...runLineageQuery(newest?.id ?? ""), enabled: newest !== undefined });
  if (!newest) return null;
  const [model] = found.data?.models ?? [];
  const beads: Bead[] = [
    { kind: "pipeline", label: pipeline.display_name || pipeline.name, current: true },
    { kind: "newest run", label: newest.name, to: to.pipelineRun(newest.id), state: <State of={newest.state} short /> },
    ...(newest.tracking_run_id ? [{ kind: "run", label: "tracked by its steps", to: to.run(newest.experiment_id, newest.tracking_run_id) }] : []),
    ...(model ? [{ kind: "model", label: `${model.model} v${model.version}`, to: to.version(model.model, model.version) }] : []),
    ...(model?.endpoints ?? []).map((name) => ({ kind: "endpoint", label: name, to: to.endpoint(name) })),
  ];
  return <Thread beads={beads} />;
}
