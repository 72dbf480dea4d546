import type { ModelVersion } from "@/api/schema";
import type { Snippet } from "@/components/code";
import { get, python, shell } from "@/lib/code";

/** How a version is used by other means. */
export function codeOf(version: ModelVersion, url: string): Snippet[] {
  const uri = version.aliases[0] ? `models:/${version.name}@${version.aliases[0]}` : `models:/${version.name}/${version.version}`;
  const endpoint = version.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return [
    { value: "mlflow", label: "mlflow", text: `import mlflow\n\nmlflow.set_tracking_uri("${url}")\nmodel = mlflow.pyfunc.load_model(${python(uri)})\nmodel.predict(data)` },
    { value: "cli", label: "Terminal", text: `export MODELYARD_URL=${url}\nmodelyard deploy ${shell(uri)} --name ${endpoint}` },
    { value: "curl", label: "curl", text: get(url, `models/${encodeURIComponent(version.name)}/versions/${version.version}`) },
  ];
}
