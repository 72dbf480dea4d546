/** Which run of an experiment is the best, told by the tags that MLflow has for its primary metric. */
import { written } from "./filter";
import { byImportance, direction, isSystem } from "./metrics";

const nameTag = "mlflow.experiment.primaryMetric.name";
const wayTag = "mlflow.experiment.primaryMetric.greaterIsBetter";

export type BestBy = { order: string; key: string; up: boolean };

export const by = (key: string, up: boolean): BestBy => ({ order: `${written("metrics", key)} ${up ? "DESC" : "ASC"}`, key, up });

/** Null where nobody has chosen one. */
export function bestBy(tags: Record<string, string>): BestBy | null {
  const key = tags[nameTag];
  return key && !key.includes("`") ? by(key, tags[wayTag]?.toLowerCase() !== "false") : null;
}

export const tagsOf = ({ key, up }: BestBy): Record<string, string> => ({ [nameTag]: key, [wayTag]: up ? "True" : "False" });

/** What may be chosen: each metric in the direction that its name tells, in both where it does not. */
export function choices(keys: readonly string[]): BestBy[] {
  const telling = keys.filter((key) => !isSystem(key) && !key.includes("`")).toSorted(byImportance);
  return telling.flatMap((key) => {
    const way = direction(key);
    return way === null ? [by(key, true), by(key, false)] : [by(key, way === "up")];
  });
}
