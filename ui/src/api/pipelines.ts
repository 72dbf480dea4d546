/** What can be read and changed of pipelines, their runs and schedules. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call, path, reach } from "./client";
import type { Operations } from "./schema";

type Body<K extends keyof Operations> = Operations[K]["body"];
export type RunState = NonNullable<NonNullable<Operations["GET /api/v1/pipeline-runs"]["query"]>["state"]>;
export type RunFilter = { name?: string; pipeline_id?: string; schedule_id?: string; experiment_id?: string; state?: RunState; archived?: boolean };

export const pipelinesQuery = (name = "", limit = 1000) =>
  queryOptions({
    queryKey: ["pipelines", "list", name, limit],
    queryFn: ({ signal }) => call("GET /api/v1/pipelines", { query: { name, limit } }, signal),
    placeholderData: keepPreviousData,
  });

export const pipelineQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipelines/{id}", { path: { id } }, signal),
  });

export const pipelineVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipelines", "versions", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipelines/{id}/versions", { path: { id }, query: { limit: 500 } }, signal),
  });

/** With its document, which never changes. */
export const pipelineVersionQuery = (id: string, version: string) =>
  queryOptions({
    queryKey: ["pipeline-documents", id, version],
    queryFn: ({ signal }) => call("GET /api/v1/pipelines/{id}/versions/{version}", { path: { id, version } }, signal),
    staleTime: Infinity,
  });

export const pipelineRunsQuery = (filter: RunFilter = {}, limit = 100) =>
  queryOptions({
    queryKey: ["pipeline-runs", "list", filter, limit],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-runs", { query: { ...filter, limit } }, signal),
    placeholderData: keepPreviousData,
  });

export const pipelineRunPagesQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["pipeline-runs", "some", filter],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/pipeline-runs", { query: { ...filter, limit: 100, page_token: pageParam } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_page_token ?? null,
    placeholderData: keepPreviousData,
  });

export const pipelineRunQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipeline-runs", "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-runs/{id}", { path: { id } }, signal),
  });

export const runDocumentQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipeline-documents", "run", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-runs/{id}/document", { path: { id } }, signal),
    staleTime: Infinity,
  });

export const runLineageQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipeline-runs", "lineage", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-runs/{id}/lineage", { path: { id } }, signal),
  });

export const artifactLineageQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipeline-runs", "artifact", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-artifacts/{id}", { path: { id } }, signal),
    staleTime: 60_000,
  });

export const artifactFilesQuery = (id: string, folder: string) =>
  queryOptions({
    queryKey: ["pipeline-artifacts", "files", id, folder],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-artifacts/{id}/files", { path: { id }, query: { path: folder } }, signal),
    staleTime: 60_000,
  });

export function artifactUrl(id: string, file = "", page = false): string {
  const query = new URLSearchParams({ ...(file ? { path: file } : {}), ...(page ? { page: "true" } : {}) }).toString();
  return `${path("/api/v1/pipeline-artifacts/{id}/content", { id })}${query ? `?${query}` : ""}`;
}

/** The first bytes of a file, and how many it has. */
export const artifactHeadQuery = (id: string, file: string, most: number) =>
  queryOptions({
    queryKey: ["pipeline-artifacts", "head", id, file, most],
    queryFn: async ({ signal }) => {
      const answer = await reach(artifactUrl(id, file), { signal, headers: { range: `bytes=0-${most - 1}` } });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const size = Number(/\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1] ?? bytes.length);
      return { bytes, size };
    },
    staleTime: Infinity,
    retry: false,
  });

export const readLog = (run: string, task: string, offset: number, signal?: AbortSignal) =>
  call("GET /api/v1/pipeline-runs/{id}/tasks/{task}/log", { path: { id: run, task }, query: { offset } }, signal);

export const schedulesQuery = (limit = 500) =>
  queryOptions({
    queryKey: ["schedules", "list", limit],
    queryFn: ({ signal }) => call("GET /api/v1/schedules", { query: { limit } }, signal),
  });

type Plan = { cron: string; every: number; start_at?: number | null; end_at?: number | null; after?: number | null };

export const scheduleTimesQuery = ({ cron, every, start_at = null, end_at = null, after = null }: Plan, limit = 5) =>
  queryOptions({
    queryKey: ["schedules", "times", cron, every, start_at, end_at, after, limit],
    queryFn: ({ signal }) => call("GET /api/v1/schedule-times", { query: { cron, every, start_at, end_at, after, limit } }, signal),
    retry: false,
    placeholderData: keepPreviousData,
  });

export function useChange<Given, Answer>(verb: (given: Given) => Promise<Answer>, ...nouns: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: verb,
    onSettled: () => client.invalidateQueries({ predicate: (query) => nouns.includes(String(query.queryKey[0])) }),
  });
}

export const useCreatePipeline = () =>
  useChange((body: Body<"POST /api/v1/pipelines">) => call("POST /api/v1/pipelines", { body }), "pipelines");
export const useAddPipelineVersion = () =>
  useChange(
    ({ id, ...body }: { id: string } & Body<"POST /api/v1/pipelines/{id}/versions">) =>
      call("POST /api/v1/pipelines/{id}/versions", { path: { id }, body }),
    "pipelines",
  );
export const useDeletePipeline = () =>
  useChange((id: string) => call("DELETE /api/v1/pipelines/{id}", { path: { id } }), "pipelines");
export const useStartPipelineRun = () =>
  useChange((body: Body<"POST /api/v1/pipeline-runs">) => call("POST /api/v1/pipeline-runs", { body }), "pipeline-runs");
export const usePipelineRunVerb = () =>
  useChange(
    ({ id, verb }: { id: string; verb: "cancel" | "retry" | "archive" | "unarchive" }) =>
      call(`POST /api/v1/pipeline-runs/{id}/${verb}`, { path: { id } }),
    "pipeline-runs",
  );
export const useDeletePipelineRun = () =>
  useChange((id: string) => call("DELETE /api/v1/pipeline-runs/{id}", { path: { id } }), "pipeline-runs");
export const useCreateSchedule = () =>
  useChange((body: Body<"POST /api/v1/schedules">) => call("POST /api/v1/schedules", { body }), "schedules");
export const useSwitchSchedule = () =>
  useChange(
    ({ id, on }: { id: string; on: boolean }) => call(`POST /api/v1/schedules/{id}/${on ? "enable" : "disable"}`, { path: { id } }),
    "schedules",
  );
export const useDeleteSchedule = () =>
  useChange((id: string) => call("DELETE /api/v1/schedules/{id}", { path: { id } }), "schedules");
