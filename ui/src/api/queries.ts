/** What can be read, as options for TanStack Query; every key begins with the noun that an event can make stale. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, path, reach } from "./client";
import type { SearchRuns } from "./schema";

export const serverQuery = () =>
  queryOptions({ queryKey: ["server"], queryFn: ({ signal }) => call("GET /api/v1/server", {}, signal), staleTime: Infinity });

export const experimentsQuery = (filter = "", view: "active" | "deleted" = "active", limit = 1000) =>
  queryOptions({
    queryKey: ["experiments", "list", filter, view, limit],
    queryFn: ({ signal }) => call("GET /api/v1/experiments", { query: { filter, view, limit } }, signal),
    placeholderData: keepPreviousData,
  });

export const experimentQuery = (id: string) =>
  queryOptions({
    queryKey: ["experiments", "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/experiments/{id}", { path: { id } }, signal),
  });

/** With the best run of those experiments that say in `best_by` what the best is. */
export const activityQuery = (ids: readonly string[], best_by: Record<string, string> = {}) =>
  queryOptions({
    queryKey: ["runs", "activity", ids, best_by],
    queryFn: ({ signal }) => call("POST /api/v1/experiments/activity", { body: { experiment_ids: [...ids], best_by } }, signal),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/runs/{id}", { path: { id } }, signal),
  });

export const linksQuery = (id: string) =>
  queryOptions({
    queryKey: ["runs", "links", id],
    queryFn: ({ signal }) => call("GET /api/v1/runs/{id}/links", { path: { id } }, signal),
  });

export const treeQuery = (id: string, depth = 50) =>
  queryOptions({
    queryKey: ["runs", "tree", id, depth],
    queryFn: ({ signal }) => call("GET /api/v1/runs/{id}/tree", { path: { id }, query: { depth } }, signal),
  });

export const runsQuery = (asked: SearchRuns) =>
  queryOptions({
    queryKey: ["runs", "some", asked],
    queryFn: ({ signal }) => call("POST /api/v1/runs/search", { body: asked }, signal),
    placeholderData: keepPreviousData,
  });

export const runPagesQuery = (asked: SearchRuns) =>
  infiniteQueryOptions({
    queryKey: ["runs", "pages", asked],
    queryFn: ({ pageParam, signal }) =>
      call("POST /api/v1/runs/search", { body: { ...asked, page_token: pageParam } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_page_token ?? null,
    placeholderData: keepPreviousData,
  });

export const countQuery = (experimentIds: readonly string[], filter: string, view: "active" | "deleted") =>
  queryOptions({
    queryKey: ["runs", "count", experimentIds, filter, view],
    queryFn: ({ signal }) =>
      call("POST /api/v1/runs/count", { body: { experiment_ids: [...experimentIds], filter, view } }, signal),
    placeholderData: keepPreviousData,
  });

export const keysQuery = (
  experimentIds: readonly string[],
  kind: "metrics" | "params" | "tags",
  contains = "",
  limit = 200,
) =>
  queryOptions({
    queryKey: ["runs", "keys", experimentIds, kind, contains, limit],
    queryFn: ({ signal }) =>
      call("POST /api/v1/runs/keys", { body: { experiment_ids: [...experimentIds], kind, contains, limit } }, signal),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });

export const groupsQuery = (
  experimentIds: readonly string[],
  by: readonly string[],
  metrics: readonly string[],
  filter: string,
) =>
  queryOptions({
    queryKey: ["runs", "groups", experimentIds, by, metrics, filter],
    queryFn: ({ signal }) =>
      call(
        "POST /api/v1/runs/groups",
        { body: { experiment_ids: [...experimentIds], by: [...by], metrics: [...metrics], filter, limit: 1000 } },
        signal,
      ),
    enabled: by.length > 0,
    placeholderData: keepPreviousData,
  });

export const chartsQuery = (
  runIds: readonly string[],
  keys: readonly string[],
  buckets: number,
  x: "step" | "time",
  range: readonly [number, number] | null = null,
) =>
  queryOptions({
    queryKey: ["runs", "charts", runIds, keys, buckets, x, range],
    queryFn: ({ signal }) =>
      call(
        "POST /api/v1/runs/metrics/buckets",
        {
          body: {
            run_ids: [...runIds],
            keys: [...keys],
            buckets,
            x,
            ...(range ? { start: Math.floor(range[0]), end: Math.ceil(range[1]) } : {}),
          },
        },
        signal,
      ),
    enabled: runIds.length > 0 && keys.length > 0,
    placeholderData: keepPreviousData,
  });

export const folderQuery = (runId: string, folder: string) =>
  queryOptions({
    queryKey: ["artifacts", "folder", runId, folder],
    queryFn: ({ signal }) => call("GET /api/v1/runs/{id}/artifacts", { path: { id: runId }, query: { path: folder } }, signal),
  });

export function contentUrl(runId: string, file: string, page = false): string {
  const query = new URLSearchParams({ path: file, ...(page ? { page: "true" } : {}) });
  return `${path("/api/v1/runs/{id}/artifacts/content", { id: runId })}?${query.toString()}`;
}

/** A folder of a run, or all of it, as a zip. */
export const archiveUrl = (runId: string, folder = "") =>
  `${path("/api/v1/runs/{id}/artifacts/archive", { id: runId })}${folder ? `?${new URLSearchParams({ path: folder }).toString()}` : ""}`;

/** The files of a version or a logged model as a zip. */
export const modelArchiveUrl = (uri: string) => `/api/v1/model-archive?${new URLSearchParams({ uri }).toString()}`;

/** The first `most` bytes of a file as text. */
export const fileQuery = (runId: string, file: string, most: number) =>
  queryOptions({
    queryKey: ["artifacts", "file", runId, file, most],
    queryFn: async ({ signal }) => {
      const answer = await reach(contentUrl(runId, file), { signal, headers: { range: `bytes=0-${most - 1}` } });
      return answer.text();
    },
    staleTime: Infinity,
  });

/** Up to `length` bytes of a file from `start` on. */
export const bytesQuery = (runId: string, file: string, start: number, length: number) =>
  queryOptions({
    queryKey: ["artifacts", "bytes", runId, file, start, length],
    queryFn: async ({ signal }) => {
      const answer = await reach(contentUrl(runId, file), { signal, headers: { range: `bytes=${start}-${start + length - 1}` } });
      return new Uint8Array(await answer.arrayBuffer());
    },
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });

/** All of a file, for what a browser shows as it is. */
export const blobQuery = (runId: string, file: string) =>
  queryOptions({
    queryKey: ["artifacts", "blob", runId, file],
    queryFn: async ({ signal }) => (await reach(contentUrl(runId, file), { signal })).blob(),
    staleTime: Infinity,
    gcTime: 60_000,
  });

/** Some rows of a Parquet file, which the server reads. */
export const rowsQuery = (runId: string, file: string, offset: number, limit: number) =>
  queryOptions({
    queryKey: ["artifacts", "rows", runId, file, offset, limit],
    queryFn: ({ signal }) =>
      call("GET /api/v1/runs/{id}/artifacts/table", { path: { id: runId }, query: { path: file, offset, limit } }, signal),
    staleTime: Infinity,
    retry: false,
    placeholderData: keepPreviousData,
  });

export const pipelineRunQuery = (id: string) =>
  queryOptions({
    queryKey: ["pipeline-runs", "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-runs/{id}", { path: { id } }, signal),
  });

export const modelsQuery = (filter = "", limit = 1000) =>
  queryOptions({
    queryKey: ["models", "list", filter, limit],
    queryFn: ({ signal }) => call("GET /api/v1/models", { query: { filter, limit } }, signal),
    placeholderData: keepPreviousData,
  });

export const modelQuery = (name: string) =>
  queryOptions({
    queryKey: ["models", "one", name],
    queryFn: ({ signal }) => call("GET /api/v1/models/{name}", { path: { name } }, signal),
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["models", "versions", name],
    queryFn: ({ signal }) => call("GET /api/v1/models/{name}/versions", { path: { name }, query: { limit: 500 } }, signal),
  });

export const versionQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ["models", "version", name, version],
    queryFn: ({ signal }) => call("GET /api/v1/models/{name}/versions/{version}", { path: { name, version } }, signal),
  });

export const historyQuery = (name: string) =>
  queryOptions({
    queryKey: ["models", "history", name],
    queryFn: ({ signal }) => call("GET /api/v1/models/{name}/history", { path: { name } }, signal),
  });

export const documentQuery = (uri: string) =>
  queryOptions({
    queryKey: ["documents", uri],
    queryFn: ({ signal }) => call("GET /api/v1/model-document", { query: { uri } }, signal),
    staleTime: 60_000,
    retry: false,
  });

export const endpointsQuery = () =>
  queryOptions({
    queryKey: ["endpoints", "list"],
    queryFn: ({ signal }) => call("GET /api/v1/endpoints", {}, signal),
  });

export const endpointQuery = (name: string) =>
  queryOptions({
    queryKey: ["endpoints", "one", name],
    queryFn: ({ signal }) => call("GET /api/v1/endpoints/{name}", { path: { name } }, signal),
  });

export const revisionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["endpoints", "revisions", name],
    queryFn: ({ signal }) => call("GET /api/v1/endpoints/{name}/revisions", { path: { name }, query: { limit: 100 } }, signal),
  });

export const trafficQuery = (name: string) =>
  queryOptions({
    queryKey: ["traffic", name],
    queryFn: ({ signal }) => call("GET /api/v1/endpoints/{name}/traffic", { path: { name } }, signal),
  });

export const payloadsQuery = (name: string) =>
  queryOptions({
    queryKey: ["payloads", name],
    queryFn: ({ signal }) => call("GET /api/v1/endpoints/{name}/payloads", { path: { name }, query: { limit: 50 } }, signal),
    retry: false,
  });

export const logsQuery = (name: string, revision: number | null) =>
  queryOptions({
    queryKey: ["logs", name, revision],
    queryFn: ({ signal }) =>
      call("GET /api/v1/endpoints/{name}/logs", { path: { name }, query: { lines: 500, revision } }, signal),
    placeholderData: keepPreviousData,
  });

export const eventsQuery = (kind?: string, subject?: string, limit = 30) =>
  queryOptions({
    queryKey: ["events", kind, subject, limit],
    queryFn: ({ signal }) =>
      call("GET /api/v1/events", { query: { kind: kind ?? null, subject: subject ?? null, limit } }, signal),
  });
