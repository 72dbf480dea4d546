import type { Endpoint, Links } from "@/api/schema";
import { to } from "./link";
import { State } from "./states";
import { Alias } from "./tag";
import type { Bead } from "./thread";

const mostServing = 3;

/** What was made of a run that matters most, and where that is served. */
export function madeBeads(links: Links, endpoints: readonly Endpoint[]): Bead[] {
  const [version] = links.versions.toSorted((a, b) => b.aliases.length - a.aliases.length || b.version - a.version);
  if (!version) return [];
  const label = `${version.name} v${version.version}`;
  const model: Bead = { kind: "model", label, to: to.version(version.name, version.version), state: version.aliases[0] && <Alias name={version.aliases[0]} /> };
  const served = endpoints.filter((one) => serves(one, version.name, version.version, version.aliases)).slice(0, mostServing);
  return [model, ...served.map((one): Bead => ({ kind: "endpoint", label: one.name, to: to.endpoint(one.name), state: <State of={one.status.phase} short /> }))];
}

export function dataBeads({ datasets: [dataset] }: Links): Bead[] {
  return dataset ? [{ kind: "data", label: `${dataset.name} ${dataset.digest.slice(0, 8)}` }] : [];
}

function serves(endpoint: Endpoint, name: string, version: number, aliases: readonly string[]): boolean {
  const uris = [`models:/${name}/${version}`, ...aliases.map((alias) => `models:/${name}@${alias}`)];
  return endpoint.revisions.some((one) => uris.includes(one.model_uri) && one.status.traffic > 0) || uris.includes(endpoint.revision.model_uri);
}
