import { Rocket, Target, X } from "lucide-react";
import { useMemo } from "react";
import { useDeleteAlias, useSetAlias } from "@/api/changes";
import { Button } from "@/components/button";
import { Delta } from "@/components/delta";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { State } from "@/components/states";
import { Alias } from "@/components/tag";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { nextBaseline, useBaselineKey } from "@/components/use-baseline-key";
import { number } from "@/lib/format";
import { dataOf } from "@/lib/run-data";
import { productionOf, servedOf } from "@/lib/served";
import { AliasButton } from "./alias-button";
import type { ModelParts } from "./in-use";
import css from "./models.module.css";
import { mainMetrics } from "./use-run-metrics";

/** Each against the version that somebody made the baseline, else against the one in production. */
export function Versions({ model, versions, endpoints, runs }: ModelParts) {
  const [search, change] = useAddress();
  const keys = useMemo(() => mainMetrics(runs, 3), [runs]);
  const production = productionOf(endpoints, model);
  const staged = versions.some((one) => one.stage !== "None");
  const chosen = versions.find((one) => String(one.version) === search.against);
  const baseline = chosen ?? versions.find((one) => one.version === production);
  const base = runs.get(baseline?.run_id ?? "");
  const against = (pointed: string | null) => change({ against: nextBaseline(versions.map((one) => String(one.version)), search.against, pointed) });
  useBaselineKey(against);
  const remove = useDeleteAlias();
  const set = useSetAlias();
  const takeAway = (alias: string, version: number) =>
    remove.mutate(
      { name: model.name, alias },
      { onSuccess: () => tell(`@${alias} is gone`, () => set.mutate({ name: model.name, alias, version })), onError: tellError },
    );
  return (
    <table className={layout.table}>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Aliases</th>
          {staged && <th scope="col">Stage</th>}
          {keys.map((key) => (
            <th key={key} scope="col" className="number">{key}</th>
          ))}
          <th scope="col">Run</th>
          <th scope="col">Served by</th>
          <th scope="col">Made</th>
          <th scope="col"><span className="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        {versions.map((one) => {
          const run = runs.get(one.run_id);
          return (
            <tr key={one.version} data-baseline={one.version}>
              <td>
                <span className={`row ${css.oneLine}`}>
                  {one.status !== "READY" && <State of={one.status} short />}
                  <Link to={to.version(model.name, one.version, chosen && one !== chosen ? `?against=${chosen.version}` : "")}>Version {one.version}</Link>
                  {one === baseline && <span className="muted small">baseline</span>}
                </span>
              </td>
              <td>
                <span className={`row ${css.oneLine}`} style={{ gap: 4 }}>
                  {one.aliases.map((alias) => (
                    <span key={alias} className="row" style={{ gap: 0 }}>
                      <Alias name={alias} />
                      <Button quiet small label={`Take @${alias} away from version ${one.version}`} onClick={() => takeAway(alias, one.version)}>
                        <X size={12} aria-hidden />
                      </Button>
                    </span>
                  ))}
                  <AliasButton model={model} version={one.version} />
                </span>
              </td>
              {staged && <td>{one.stage === "None" ? "" : one.stage}</td>}
              {keys.map((key) => (
                <td key={key} className="number">
                  {run && base && one !== baseline && <Delta metric={key} value={dataOf(run).m.get(key)} base={dataOf(base).m.get(key)} />}{" "}
                  {run && dataOf(run).m.has(key) ? number(dataOf(run).m.get(key)) : ""}
                </td>
              ))}
              <td>{run && <Link to={to.run(run.experiment_id, run.id)}>{run.name}</Link>}</td>
              <td>
                {servedOf(endpoints, model.name, one.version).map(({ endpoint, share, shadow }) => (
                  <span key={endpoint.name} className="row tight">
                    <Link to={to.endpoint(endpoint.name)}>{endpoint.name}</Link>
                    <span className="muted small">{shadow ? "shadow" : `${share}%`}</span>
                  </span>
                ))}
              </td>
              <td className="muted">
                <Ago at={one.created_at} />
              </td>
              <td className={`${css.oneLine} number`}>
                <Button quiet small aria-pressed={one === chosen} label={one === chosen ? `Version ${one.version} is the baseline` : `Make version ${one.version} the baseline`} onClick={() => against(String(one.version))}>
                  <Target size={14} aria-hidden />
                </Button>
                <Button quiet small label={`Deploy version ${one.version}`} onClick={() => change({ deploy: String(one.version) })}>
                  <Rocket size={14} aria-hidden />
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
