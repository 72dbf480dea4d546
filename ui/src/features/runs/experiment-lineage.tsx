import { useQuery } from "@tanstack/react-query";
import { endpointsQuery, linksQuery } from "@/api/queries";
import type { Experiment, Run } from "@/api/schema";
import { to } from "@/components/link";
import { dataBeads, madeBeads } from "@/components/made-beads";
import { State } from "@/components/states";
import { Thread } from "@/components/thread";

/** The data, this experiment, its best run, what was made of that, and where it is served. Asked for by whoever wants to see it. */
export function ExperimentLineage({ experiment, best }: { experiment: Experiment; best: Run }) {
  const links = useQuery(linksQuery(best.id));
  const endpoints = useQuery({ ...endpointsQuery(), enabled: (links.data?.versions.length ?? 0) > 0 });
  return (
    <Thread
      beads={[
        ...(links.data ? dataBeads(links.data) : []),
        { kind: "experiment", label: experiment.name, current: true },
        { kind: "best run", label: best.name, to: to.run(best.experiment_id, best.id), state: <State of={best.status} short /> },
        ...(links.data ? madeBeads(links.data, endpoints.data?.items ?? []) : []),
      ]}
    />
  );
}
