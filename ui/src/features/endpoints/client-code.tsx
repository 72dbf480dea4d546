import { useQuery } from "@tanstack/react-query";
import { documentQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import { Snippets } from "@/components/code";
import { Panel } from "@/components/panel";
import { exampleBody } from "@/lib/payload";

/** How programs ask it, in each of the protocols that it speaks. */
export function Client({ endpoint }: { endpoint: Endpoint }) {
  const model = useQuery(documentQuery(endpoint.revision.model_uri));
  const body = exampleBody(model.data?.input_example ?? null, model.data?.inputs ?? []) as Record<string, unknown>;
  const split = body.dataframe_split as { columns: string[]; data: unknown[][] } | undefined;
  const short = split ? { dataframe_split: { ...split, data: split.data.slice(0, 1) } } : body;
  const text = JSON.stringify(short);
  const instances = JSON.stringify(split ? { instances: split.data.slice(0, 1) } : { instances: body.inputs ?? [] });
  const host = endpoint.url.replace(endpoint.invocations_path.replace(/\/invocations$/, ""), "");
  const data = split?.data[0] ?? [];
  return (
    <Panel title="Ask it from your code">
      <Snippets
        snippets={[
          { value: "curl", label: "curl", text: `curl ${endpoint.url}/invocations \\\n  -H 'content-type: application/json' \\\n  -d '${text}'` },
          {
            value: "python",
            label: "Python",
            text: `import requests\n\nanswer = requests.post(\n    "${endpoint.url}/invocations",\n    json=${python(short)},\n)\nanswer.raise_for_status()\nprint(answer.json()["predictions"])`,
          },
          {
            value: "mlflow",
            label: "MLflow",
            text: `from mlflow.deployments import get_deploy_client\n\nclient = get_deploy_client("modelyard:${host}")\nclient.predict(endpoint="${endpoint.name}", inputs=${python(short)})`,
          },
          { value: "v1", label: "KServe V1", text: `curl ${host}/v1/models/${endpoint.name}:predict \\\n  -d '${instances}'` },
          {
            value: "v2",
            label: "V2",
            text: `curl ${host}/v2/models/${endpoint.name}/infer \\\n  -H 'content-type: application/json' \\\n  -d '${JSON.stringify({ inputs: [{ name: "input", shape: [1, Math.max(1, data.length)], datatype: "FP64", data }] })}'`,
          },
          { value: "cli", label: "Terminal", text: `modelyard predict ${endpoint.name} --data rows.csv` },
        ]}
      />
    </Panel>
  );
}

function python(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\btrue\b/g, "True").replaceAll(/\bfalse\b/g, "False").replaceAll(/\bnull\b/g, "None");
}
