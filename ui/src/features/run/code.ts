import type { Run } from "@/api/schema";
import type { Snippet } from "@/components/code";

export function codeOf(run: Run, url: string): Snippet[] {
  return [
    {
      value: "mlflow",
      label: "mlflow",
      text: `import mlflow

mlflow.set_tracking_uri("${url}")
run = mlflow.get_run("${run.id}")
print(run.data.metrics, run.data.params)
mlflow.artifacts.download_artifacts(run_id="${run.id}", dst_path="artifacts")`,
    },
    { value: "cli", label: "Terminal", text: `export MLFLOW_TRACKING_URI=${url}\nmlflow runs describe --run-id ${run.id}` },
    { value: "curl", label: "curl", text: `curl ${url}/api/v1/runs/${run.id}` },
  ];
}
