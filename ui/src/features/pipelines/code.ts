/** What these pages show and do, by other means. */
import type { RunFilter } from "@/api/pipelines";
import type { Pipeline, PipelineRun } from "@/api/schema";
import type { Snippet } from "@/components/code";
import { get, python, shell } from "@/lib/code";

const kfp = (url: string, rest: string) => ({ value: "kfp", label: "kfp", text: `import kfp\n\nclient = kfp.Client(host="${url}")\n${rest}` });
const cli = (url: string, ...lines: string[]) => ({ value: "cli", label: "Terminal", text: [`export MODELYARD_URL=${url}`, ...lines.map((line) => `modelyard ${line}`)].join("\n") });
const curl = (text: string) => ({ value: "curl", label: "curl", text });

export const pipelinesCode = (url: string): Snippet[] => [
  kfp(url, "print(client.list_pipelines(page_size=100).pipelines)"),
  cli(url, "pipelines list"),
  curl(get(url, "pipelines")),
];

export const pipelineCode = (pipeline: Pipeline, version: string, url: string): Snippet[] => [
  kfp(
    url,
    `run = client.run_pipeline(\n    experiment_id="0",\n    job_name=${python(`Run of ${pipeline.name}`)},\n    pipeline_id="${pipeline.id}",\n    version_id="${version}",\n    params={},\n)`,
  ),
  cli(url, `pipelines versions ${shell(pipeline.id)}`, `pipelines run ${shell(pipeline.id)}`),
  curl(get(url, `pipelines/${pipeline.id}/versions/${version}`)),
];

export const runsCode = (filter: RunFilter, url: string): Snippet[] => {
  const { archived, ...rest } = filter;
  return [
    kfp(url, "print(client.list_runs(page_size=100).runs)"),
    cli(url, `pipelines runs${filter.state ? ` --state ${filter.state}` : ""}`),
    curl(get(url, "pipeline-runs", { ...rest, ...(archived ? { archived: "true" } : {}) })),
  ];
};

export const runCode = (run: PipelineRun, url: string): Snippet[] => [
  kfp(url, `run = client.get_run("${run.id}")\nprint(run.state)\n# client.terminate_run("${run.id}")`),
  cli(url, `pipelines watch ${run.id}`),
  curl(get(url, `pipeline-runs/${run.id}`)),
];

export const comparisonCode = (ids: readonly string[], url: string): Snippet[] => [
  kfp(url, `runs = [client.get_run(one) for one in ${python(ids)}]\nfor run in runs:\n    print(run.display_name, run.state, run.runtime_config.parameters)`),
  curl(get(url, "pipeline-comparison", { runs: ids.join(",") })),
];

export const schedulesCode = (url: string): Snippet[] => [
  kfp(url, "print(client.list_recurring_runs(page_size=100).recurring_runs)"),
  cli(url, "schedules list"),
  curl(get(url, "schedules")),
];

export const triggersCode = (url: string): Snippet[] => [cli(url, "triggers list"), curl(get(url, "triggers"))];
