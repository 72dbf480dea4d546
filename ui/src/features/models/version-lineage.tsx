import { useQuery } from "@tanstack/react-query";
import { endpointsQuery } from "@/api/queries";
import type { ModelVersion, Run } from "@/api/schema";
import { to } from "@/components/link";
import { State } from "@/components/states";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { servedOf } from "@/lib/served";

/** The run it was made in, and the endpoints that serve it. */
export function Lineage({ version, run }: { version: ModelVersion; run: Run | undefined }) {
  const endpoints = useQuery(endpointsQuery());
  const served = servedOf(endpoints.data?.items ?? [], version.name, version.version);
  const beads: Bead[] = [
    ...(run ? [{ kind: "run", label: run.name, to: to.run(run.experiment_id, run.id), state: <State of={run.status} short /> }] : []),
    { kind: "model", label: `${version.name} v${version.version}`, current: true },
    ...served.map(({ endpoint, share, shadow }) => ({
      kind: "endpoint",
      label: `${endpoint.name} ${shadow ? "shadow" : `${share}%`}`,
      to: to.endpoint(endpoint.name),
      state: <State of={endpoint.status.phase} short />,
    })),
  ];
  return <Thread beads={beads} />;
}
