import type { Snippet } from "@/components/code";
import { get, python } from "@/lib/code";

export function codeOf(filter: string, deleted: boolean, url: string): Snippet[] {
  const view = deleted ? ", view_type=mlflow.entities.ViewType.DELETED_ONLY" : "";
  return [
    { value: "mlflow", label: "mlflow", text: `import mlflow\n\nmlflow.set_tracking_uri("${url}")\nfor experiment in mlflow.search_experiments(filter_string=${python(filter)}${view}):\n    print(experiment.experiment_id, experiment.name)` },
    { value: "cli", label: "Terminal", text: `export MODELYARD_URL=${url}\nmodelyard experiments` },
    { value: "curl", label: "curl", text: get(url, "experiments", { filter, ...(deleted ? { view: "deleted" } : {}) }) },
  ];
}
