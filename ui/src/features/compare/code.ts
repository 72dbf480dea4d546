import type { Snippet } from "@/components/code";
import { get, post, python } from "@/lib/code";
import { quoted } from "@/lib/filter";

/** The runs that are compared, asked for by other means. */
export function codeOf(ids: readonly string[], experiments: readonly string[], url: string): Snippet[] {
  const filter = `run_id IN (${ids.map(quoted).join(", ")})`;
  return [
    {
      value: "mlflow",
      label: "mlflow",
      text: `import mlflow\n\nmlflow.set_tracking_uri("${url}")\nfor run in map(mlflow.get_run, ${python(ids)}):\n    print(run.info.run_name, run.data.metrics, run.data.params)`,
    },
    { value: "curl", label: "curl", text: experiments.length > 0 ? post(url, "runs/search", { experiment_ids: experiments, filter, view: "all" }) : get(url, "experiments") },
  ];
}
