import type { Endpoint } from "@/api/schema";
import { to } from "@/components/link";
import { State } from "@/components/states";
import { Thread } from "@/components/thread";
import type { Bead } from "@/components/thread";
import { nameOf } from "@/lib/served";

/** The versions that answer, and this endpoint. */
export function Lineage({ endpoint }: { endpoint: Endpoint }) {
  const beads: Bead[] = [];
  const seen = new Set<string>();
  for (const one of endpoint.revisions.filter((each) => each.status.traffic > 0 || each.number === endpoint.revision.number)) {
    const name = nameOf(one.model_uri);
    const label = name ? `${name} v${one.model_version}` : one.model_uri;
    if (seen.has(label)) continue;
    seen.add(label);
    beads.push({ kind: "model", label, ...(name ? { to: to.version(name, one.model_version) } : {}) });
  }
  beads.push({ kind: "endpoint", label: endpoint.name, current: true, state: <State of={endpoint.status.phase} short /> });
  return <Thread beads={beads} />;
}
