/** What these pages show and do, by other means. */
import type { Model } from "@/api/schema";
import type { Snippet } from "@/components/code";
import { get, python, shell } from "@/lib/code";

const client = (url: string) => `from mlflow import MlflowClient\n\nclient = MlflowClient("${url}")\n`;

export const modelsCode = (filter: string, url: string): Snippet[] => [
  { value: "mlflow", label: "mlflow", text: `${client(url)}for model in client.search_registered_models(filter_string=${python(filter)}):\n    print(model.name, model.aliases)` },
  { value: "cli", label: "Terminal", text: `export MODELYARD_URL=${url}\nmodelyard models` },
  { value: "curl", label: "curl", text: get(url, "models", { filter }) },
];

export const modelCode = (model: Model, newest: number | undefined, url: string): Snippet[] => {
  const name = python(model.name);
  const move = newest === undefined ? "" : `\n# client.set_registered_model_alias(${name}, "champion", ${newest})`;
  return [
    { value: "mlflow", label: "mlflow", text: `${client(url)}model = client.get_registered_model(${name})\nprint(model.aliases)${move}` },
    { value: "cli", label: "Terminal", text: `export MODELYARD_URL=${url}\nmodelyard models ${shell(model.name)}` },
    { value: "curl", label: "curl", text: get(url, `models/${encodeURIComponent(model.name)}`) },
  ];
};
