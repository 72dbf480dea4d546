import type { Endpoint, Model, ModelVersion, Run } from "@/api/schema";
import { Link, to } from "@/components/link";
import { State } from "@/components/states";
import { Alias } from "@/components/tag";
import { number } from "@/lib/format";
import { dataOf } from "@/lib/run-data";
import { servedOf } from "@/lib/served";
import css from "./models.module.css";
import { mainMetrics } from "./use-run-metrics";

export type ModelParts = { model: Model; versions: readonly ModelVersion[]; endpoints: readonly Endpoint[]; runs: ReadonlyMap<string, Run> };

/** Which version is in production, how good it is, and where it answers. */
export function InUse({ model, versions, endpoints, runs }: ModelParts) {
  const [key] = mainMetrics(runs, 1);
  const aliases = Object.entries(model.aliases);
  if (aliases.length === 0) return null;
  return (
    <div className={css.strip}>
      {aliases.map(([alias, number_]) => {
        const version = versions.find((one) => one.version === number_);
        const run = runs.get(version?.run_id ?? "");
        const served = servedOf(endpoints, model.name, number_);
        return (
          <div key={alias} className={css.use}>
            <span className="row">
              <Alias name={alias} /> <Link to={to.version(model.name, number_)}>version {number_}</Link>
            </span>
            {run && key && dataOf(run).m.has(key) && (
              <span>
                <span className="muted">{key}</span> <strong>{number(dataOf(run).m.get(key))}</strong>
              </span>
            )}
            {served.length === 0 ? (
              <span className="muted small">served nowhere</span>
            ) : (
              served.map(({ endpoint, share, shadow }) => (
                <span key={endpoint.name} className="row small">
                  <State of={endpoint.status.phase} short />
                  <Link to={to.endpoint(endpoint.name)}>{endpoint.name}</Link>
                  <span className="muted">{shadow ? "shadow" : `${share}%`}</span>
                </span>
              ))
            )}
          </div>
        );
      })}
    </div>
  );
}
