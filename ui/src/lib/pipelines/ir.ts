/** A compiled pipeline (the IR), as far as pages show it. */

type Json = Record<string, unknown>;
export type Kind = "step" | "import" | "dag" | "loop";

/** A task of a pipeline. `name` is unique within its DAG; `after` names those of the same DAG that it waits for. */
export type Plan = {
  name: string;
  label: string;
  kind: Kind;
  component: string;
  condition: string;
  over: string;
  after: readonly string[];
  inside: readonly Plan[];
  parallelism: number;
  retries: number;
};

/** What a step runs. `source` is the function's, where the SDK has compiled one. */
export type Program = { image: string; command: readonly string[]; source: string };

const deepest = 40;

function at(value: unknown, ...keys: string[]): Json {
  let found = value;
  for (const key of keys) found = typeof found === "object" && found !== null ? (found as Json)[key] : undefined;
  return typeof found === "object" && found !== null ? (found as Json) : {};
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function plansOf(document: unknown): Plan[] {
  return tasksOf(document, at(document, "root"), 0);
}

function tasksOf(document: unknown, component: Json, depth: number): Plan[] {
  if (depth > deepest) return [];
  return Object.entries(at(component, "dag", "tasks")).map(([name, task]) => planOf(document, name, at(task), depth));
}

function planOf(document: unknown, name: string, task: Json, depth: number): Plan {
  const component = text(at(task, "componentRef").name);
  const body = at(document, "components", component);
  const loop = "parameterIterator" in task || "artifactIterator" in task;
  const importer = "importer" in at(document, "deploymentSpec", "executors", text(body.executorLabel));
  return {
    name,
    label: text(at(task, "taskInfo").name) || name,
    kind: loop ? "loop" : "dag" in body ? "dag" : importer ? "import" : "step",
    component,
    condition: readable(text(at(task, "triggerPolicy").condition)),
    over: readable(itemsOf(task)),
    after: before(task),
    inside: tasksOf(document, body, depth + 1),
    parallelism: Number(at(task, "iteratorPolicy").parallelismLimit ?? 0),
    retries: Number(at(task, "retryPolicy").maxRetryCount ?? 0),
  };
}

function itemsOf(task: Json): string {
  const items = at(task, "parameterIterator", "items");
  return text(items.inputParameter) || text(items.raw) || text(at(task, "artifactIterator", "items").inputArtifact);
}

function before(task: Json): string[] {
  const found = new Set((Array.isArray(task.dependentTasks) ? task.dependentTasks : []).map(String));
  const look = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "producerTask" && typeof inner === "string") found.add(inner);
      else look(inner);
    }
  };
  look(task.inputs);
  return [...found];
}

/** Conditions and items as they were written, as nearly as the IR tells. */
export function readable(expression: string): string {
  return expression
    .replace(/inputs\.parameter_values\['([^']*)'\]/g, "$1")
    .replaceAll("pipelinechannel--", "")
    .replace(/^\((.*)\)$/, "$1");
}

export function nameOf(document: unknown): string {
  return text(at(document, "pipelineInfo").displayName) || text(at(document, "pipelineInfo").name);
}

export function sdkOf(document: unknown): string {
  return text(at(document).sdkVersion);
}

export function countOf(plans: readonly Plan[]): number {
  return plans.reduce((sum, one) => sum + 1 + countOf(one.inside), 0);
}

/** Null for a task that is no step of its own. */
export function programOf(document: unknown, component: string): Program | null {
  const label = text(at(document, "components", component).executorLabel);
  const container = at(document, "deploymentSpec", "executors", label, "container");
  if (!("image" in container)) return null;
  const words = [container.command, container.args].flatMap((part) => (Array.isArray(part) ? part.map(String) : []));
  const source = words.find((word) => /^\s*(import|from|def|class|@)\b/m.test(word) && /\bdef \w+\(/.test(word)) ?? "";
  const trimmed = source.replace(/^\s*import kfp\s+from kfp import dsl\s+from kfp\.dsl import \*\s+from typing import \*\s+/, "");
  return { image: text(container.image), command: words, source: trimmed.trim() };
}
