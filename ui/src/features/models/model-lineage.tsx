import { to } from "@/components/link";
import { State } from "@/components/states";
import { Alias } from "@/components/tag";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { productionOf, servedOf } from "@/lib/served";
import type { ModelParts } from "./in-use";

/** The run and the version that matter most now, and where that is served. */
export function ModelLineage({ model, versions, endpoints, runs }: ModelParts) {
  const number = productionOf(endpoints, model) ?? versions[0]?.version;
  const version = versions.find((one) => one.version === number);
  if (!version) return null;
  const run = runs.get(version.run_id);
  const beads: Bead[] = [
    ...(run ? [{ kind: "run", label: run.name, to: to.run(run.experiment_id, run.id), state: <State of={run.status} short /> }] : []),
    { kind: "model", label: model.name, current: true },
    { kind: "version", label: `v${version.version}`, to: to.version(model.name, version.version), state: version.aliases[0] && <Alias name={version.aliases[0]} /> },
    ...servedOf(endpoints, model.name, version.version).map(({ endpoint, share, shadow }) => ({
      kind: "endpoint",
      label: `${endpoint.name} ${shadow ? "shadow" : `${share}%`}`,
      to: to.endpoint(endpoint.name),
      state: <State of={endpoint.status.phase} short />,
    })),
  ];
  return <Thread beads={beads} />;
}
