import { useQuery } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { serverQuery } from "@/api/queries";
import { Snippets } from "./code";
import { EmptyState } from "./states";
import states from "./states.module.css";

/** How the first run comes about, with this server's real address filled in. */
export function FirstSteps({ experiment, title = "No runs yet" }: { experiment?: string; title?: string }) {
  const server = useQuery(serverQuery());
  const url = server.data?.url ?? window.location.origin;
  const name = experiment ?? "first-steps";
  return (
    <EmptyState title={title}>
      <p className="muted row">
        <LoaderCircle size={14} className={states.turning} aria-hidden /> Listening at {url}: what you log appears here by itself.
      </p>
      <div style={{ width: "min(680px, 100%)" }}>
        <Snippets
          snippets={[
            {
              value: "mlflow",
              label: "mlflow",
              text: `import mlflow

mlflow.set_tracking_uri("${url}")
mlflow.set_experiment("${name}")
with mlflow.start_run():
    mlflow.log_param("learning_rate", 0.01)
    for step in range(100):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)`,
            },
            { value: "demo", label: "Demo", text: `modelyard demo taxi --url ${url}` },
            {
              value: "curl",
              label: "curl",
              text: `curl ${url}/api/2.0/mlflow/experiments/create \\
  -H 'content-type: application/json' -d '{"name": "${name}"}'`,
            },
          ]}
        />
      </div>
    </EmptyState>
  );
}
