import type { ModelVersion } from "@/api/schema";
import type { Snippet } from "@/components/code";

/** How a version is used by other means. */
export function codeOf(version: ModelVersion, url: string): Snippet[] {
  const uri = version.aliases[0] ? `models:/${version.name}@${version.aliases[0]}` : `models:/${version.name}/${version.version}`;
  return [
    { value: "mlflow", label: "mlflow", text: `import mlflow\n\nmlflow.set_tracking_uri("${url}")\nmodel = mlflow.pyfunc.load_model("${uri}")\nmodel.predict(data)` },
    { value: "cli", label: "Terminal", text: `modelyard deploy ${uri} --name ${version.name.toLowerCase()}` },
    { value: "curl", label: "curl", text: `curl '${url}/api/v1/models/${encodeURIComponent(version.name)}/versions/${version.version}'` },
  ];
}
