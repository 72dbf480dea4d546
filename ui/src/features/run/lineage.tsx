import { useQuery } from "@tanstack/react-query";
import { endpointsQuery, pipelineRunQuery, runQuery } from "@/api/queries";
import type { Links, PipelineRunDetail, Run } from "@/api/schema";
import { to } from "@/components/link";
import { dataBeads, madeBeads } from "@/components/made-beads";
import { State } from "@/components/states";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { dataOf, parentTag, pipelineTag, taskTag } from "@/lib/run-data";

/** Data, the pipeline's step, parent, this run, the version that was made of it, and where that is served. */
export function Lineage({ run, links }: { run: Run; links: Links }) {
  const parentId = dataOf(run).t.get(parentTag) ?? "";
  const parent = useQuery({ ...runQuery(parentId), enabled: parentId !== "" });
  const pipelineId = dataOf(run).t.get(pipelineTag) ?? "";
  const pipeline = useQuery({ ...pipelineRunQuery(pipelineId), enabled: pipelineId !== "", staleTime: 15_000 });
  const endpoints = useQuery({ ...endpointsQuery(), enabled: links.versions.length > 0 });
  const beads = dataBeads(links);
  if (pipelineId) beads.push(...pipelineBeads(pipelineId, dataOf(run).t.get(taskTag), pipeline.data));
  if (parent.data) beads.push({ kind: "parent", label: parent.data.name, to: to.run(parent.data.experiment_id, parent.data.id) });
  beads.push({ kind: "run", label: run.name, current: true, state: <State of={run.status} short /> });
  beads.push(...madeBeads(links, endpoints.data?.items ?? []));
  return <Thread beads={beads} />;
}

/** The run of a pipeline whose steps logged here and, where it was one step, that. */
function pipelineBeads(id: string, taskId: string | undefined, found: PipelineRunDetail | undefined): Bead[] {
  const state = found && <State of={found.run.state} short />;
  const beads: Bead[] = [{ kind: "pipeline run", label: found?.run.name ?? id.slice(0, 8), to: to.pipelineRun(id), state }];
  const task = found?.tasks.find((one) => one.id === taskId);
  if (taskId) beads.push({ kind: "task", label: task ? task.display_name || task.name : taskId.slice(0, 8), to: to.pipelineRun(id, `?task=${encodeURIComponent(taskId)}`), state: task && <State of={task.state} short /> });
  return beads;
}
