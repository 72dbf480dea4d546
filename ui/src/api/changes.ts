/** What can be changed: one hook a verb. Each makes stale what it touches and says so; some can be undone. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "./client";
import type { Deploy, Operations } from "./schema";

type Verb<Given, Answer> = (given: Given) => Promise<Answer>;

function useChange<Given, Answer>(verb: Verb<Given, Answer>, ...nouns: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: verb,
    onSettled: () => client.invalidateQueries({ predicate: (query) => nouns.includes(String(query.queryKey[0])) }),
  });
}

type Body<K extends keyof Operations> = Operations[K]["body"];

export const useChangeExperiment = () =>
  useChange(
    ({ id, ...body }: { id: string } & Body<"PATCH /api/v1/experiments/{id}">) =>
      call("PATCH /api/v1/experiments/{id}", { path: { id }, body }),
    "experiments",
  );
export const useDeleteExperiment = () =>
  useChange((id: string) => call("DELETE /api/v1/experiments/{id}", { path: { id } }), "experiments", "runs");
export const useRestoreExperiment = () =>
  useChange((id: string) => call("POST /api/v1/experiments/{id}/restore", { path: { id } }), "experiments", "runs");

export const useDeleteRuns = () =>
  useChange((run_ids: string[]) => call("POST /api/v1/runs/delete", { body: { run_ids } }), "runs");
export const useRestoreRuns = () =>
  useChange((run_ids: string[]) => call("POST /api/v1/runs/restore", { body: { run_ids } }), "runs");
export const useTagRuns = () =>
  useChange((body: Body<"POST /api/v1/runs/tags">) => call("POST /api/v1/runs/tags", { body }), "runs");
export const useRenameRun = () =>
  useChange(
    ({ id, name }: { id: string; name: string }) => call("PATCH /api/v1/runs/{id}", { path: { id }, body: { name } }),
    "runs",
  );

export const useChangeModel = () =>
  useChange(
    ({ name, ...body }: { name: string } & Body<"PATCH /api/v1/models/{name}">) =>
      call("PATCH /api/v1/models/{name}", { path: { name }, body }),
    "models",
  );
export const useChangeVersion = () =>
  useChange(
    ({ name, version, ...body }: { name: string; version: number } & Body<"PATCH /api/v1/models/{name}">) =>
      call("PATCH /api/v1/models/{name}/versions/{version}", { path: { name, version }, body }),
    "models",
  );
export const useSetAlias = () =>
  useChange(
    ({ name, alias, version }: { name: string; alias: string; version: number }) =>
      call("PUT /api/v1/models/{name}/aliases/{alias}", { path: { name, alias }, body: { version } }),
    "models",
    "endpoints",
  );
export const useDeleteAlias = () =>
  useChange(
    ({ name, alias }: { name: string; alias: string }) =>
      call("DELETE /api/v1/models/{name}/aliases/{alias}", { path: { name, alias } }),
    "models",
  );
export const useMoveStage = () =>
  useChange(
    ({ name, version, ...body }: { name: string; version: number } & Body<"POST /api/v1/models/{name}/versions/{version}/stage">) =>
      call("POST /api/v1/models/{name}/versions/{version}/stage", { path: { name, version }, body }),
    "models",
  );

export const useDeploy = () =>
  useChange(
    ({ name, ...body }: { name: string } & Deploy) => call("PUT /api/v1/endpoints/{name}", { path: { name }, body }),
    "endpoints",
  );
export const useShiftTraffic = () =>
  useChange(
    ({ name, ...body }: { name: string } & Body<"POST /api/v1/endpoints/{name}/traffic">) =>
      call("POST /api/v1/endpoints/{name}/traffic", { path: { name }, body }),
    "endpoints",
  );
export type EndpointVerb = "promote" | "rollback" | "stop" | "start";
export const useEndpointVerb = () =>
  useChange(
    ({ name, verb, generation }: { name: string; verb: EndpointVerb; generation?: number }) =>
      call(`POST /api/v1/endpoints/{name}/${verb}`, { path: { name }, body: { generation: generation ?? null } }),
    "endpoints",
  );
export const useRemoveEndpoint = () =>
  useChange((name: string) => call("DELETE /api/v1/endpoints/{name}", { path: { name } }), "endpoints");
