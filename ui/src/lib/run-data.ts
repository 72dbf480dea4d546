import type { Run } from "@/api/schema";
import type { Column } from "./columns";
import { duration, number } from "./format";
import type { Value } from "./format";

type Data = { m: Map<string, Value>; p: Map<string, string>; t: Map<string, string> };
const kept = new WeakMap<Run, Data>();

/** What was logged to a run, by key. */
export function dataOf(run: Run): Data {
  let found = kept.get(run);
  if (!found) {
    found = {
      m: new Map(run.metrics.map((one) => [one.key, one.value])),
      p: new Map(run.params.map((one) => [one.key, one.value])),
      t: new Map(run.tags.map((one) => [one.key, one.value])),
    };
    kept.set(run, found);
  }
  return found;
}

export function valueOf(run: Run, column: Column): Value | undefined {
  if (column.kind !== "a") return dataOf(run)[column.kind].get(column.key);
  switch (column.key) {
    case "started":
      return run.started_at;
    case "duration":
      return run.ended_at === null ? undefined : run.ended_at - run.started_at;
    case "user":
      return run.user;
    case "status":
      return run.status;
    case "id":
      return run.id;
    default:
      return undefined;
  }
}

export function shownValue(column: Column, value: Value | undefined): string {
  if (value === undefined || value === "") return "";
  if (column.kind === "m") return number(value);
  if (column.kind === "a" && column.key === "duration" && typeof value === "number") return duration(value);
  return String(value);
}

export const parentTag = "mlflow.parentRunId";
export const noteTag = "mlflow.note.content";
/** The run of a pipeline, and the task of it, whose code logged to a run. */
export const pipelineTag = "modelyard.pipelineRunId";
export const taskTag = "modelyard.pipelineTaskId";

/** Tags that clients set for themselves. */
export function isOwnTag(key: string): boolean {
  return key.startsWith("mlflow.") || key.startsWith("modelyard.");
}
