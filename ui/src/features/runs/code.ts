import type { Snippet } from "@/components/code";
import type { View } from "./use-view";

/** What the table shows, asked for by other means. */
export function codeOf(view: View, url: string): Snippet[] {
  const { asked, filter } = view;
  const ids = JSON.stringify(asked.experiment_ids);
  const order = JSON.stringify(asked.order_by ?? []);
  const text = JSON.stringify(filter);
  const body = JSON.stringify({ ...asked, filter }, null, 2);
  return [
    {
      value: "mlflow",
      label: "mlflow",
      text: `import mlflow

mlflow.set_tracking_uri("${url}")
runs = mlflow.search_runs(
    experiment_ids=${ids},
    filter_string=${text},
    order_by=${order},
)`,
    },
    {
      value: "sdk",
      label: "Modelyard",
      text: `from modelyard.sdk.client import Client

with Client("${url}") as client:
    runs = client.runs(
        ${ids},
        where=${text},
        order_by=${order},
        fields=${JSON.stringify(asked.fields)},
    )`,
    },
    { value: "curl", label: "curl", text: `curl ${url}/api/v1/runs/search -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'` },
  ];
}
