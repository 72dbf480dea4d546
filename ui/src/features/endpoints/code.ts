/** What these pages show and do, by other means. */
import type { Endpoint } from "@/api/schema";
import type { Snippet } from "@/components/code";
import { get } from "@/lib/code";

const client = (url: string) => `from mlflow.deployments import get_deploy_client\n\nclient = get_deploy_client("modelyard:${url}")\n`;

export const endpointsCode = (url: string): Snippet[] => [
  { value: "mlflow", label: "mlflow", text: `${client(url)}print(client.list_endpoints())` },
  { value: "cli", label: "Terminal", text: `export MODELYARD_URL=${url}\nmodelyard endpoints` },
  { value: "curl", label: "curl", text: get(url, "endpoints") },
];

/** The commands that change it begin with a #: somebody will run all of it. */
export function endpointCode({ name, rollout }: Endpoint, url: string): Snippet[] {
  const shares = (rollout?.targets ?? []).filter((one) => !one.shadow).map((one) => `${one.revision}=${one.weight}`);
  const acts = [...(shares.length > 0 ? [`traffic ${name} ${shares.join(" ")}`] : []), `promote ${name}`, `rollback ${name}`];
  return [
    { value: "cli", label: "Terminal", text: [`export MODELYARD_URL=${url}`, `modelyard endpoint ${name}`, `modelyard logs ${name}`, ...acts.map((one) => `# modelyard ${one}`)].join("\n") },
    { value: "mlflow", label: "mlflow", text: `${client(url)}print(client.get_endpoint("${name}"))` },
    { value: "curl", label: "curl", text: get(url, `endpoints/${name}`) },
  ];
}
