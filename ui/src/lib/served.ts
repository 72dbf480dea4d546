import type { Endpoint, Model, Revision } from "@/api/schema";

export type Served = { endpoint: Endpoint; revision: Revision; share: number; shadow: boolean };

/** The revisions of endpoints that answer with a version of a model, or want to. */
export function servedOf(endpoints: readonly Endpoint[], name: string, version: number): Served[] {
  return endpoints.flatMap((endpoint) =>
    endpoint.revisions
      .filter((revision) => nameOf(revision.model_uri) === name && revision.model_version === String(version))
      .filter((revision) => revision.status.traffic > 0 || revision.status.shadow || revision.number === endpoint.revision.number)
      .map((revision) => ({ endpoint, revision, share: revision.status.traffic, shadow: revision.status.shadow })),
  );
}

/** The registered model behind `models:/NAME/1` or `models:/NAME@alias`. */
export function nameOf(uri: string): string | null {
  return /^models:\/([^/@]+)[/@]/.exec(uri)?.[1] ?? null;
}

/** The version of a model that answers most requests or, where none does, that its alias champion names. */
export function productionOf(endpoints: readonly Endpoint[], model: Pick<Model, "name" | "aliases">): number | null {
  const serving = endpoints
    .flatMap((endpoint) => endpoint.revisions)
    .filter((one) => nameOf(one.model_uri) === model.name && one.status.traffic > 0 && !one.status.shadow)
    .toSorted((a, b) => b.status.traffic - a.status.traffic);
  return serving[0] ? Number(serving[0].model_version) : (model.aliases.champion ?? null);
}
