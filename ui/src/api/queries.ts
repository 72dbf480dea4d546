/** What can be read, as options for TanStack Query; every key begins with the noun that an event can make stale. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { BestBy, ReadRecent, SearchRuns } from "./schema";

export * from "./artifacts";
export * from "./charts";

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
export const activityQuery = (ids: readonly string[], best_by: readonly BestBy[] = []) =>
  queryOptions({
    queryKey: ["runs", "activity", ids, best_by],
    queryFn: ({ signal }) => call("POST /api/v1/experiments/activity", { body: { experiment_ids: [...ids], best_by: [...best_by] } }, signal),
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

export const recentQuery = (asked: ReadRecent) =>
  queryOptions({
    queryKey: ["runs", "recent", asked],
    queryFn: ({ signal }) => call("POST /api/v1/runs/recent", { body: asked }, signal),
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
  kind: "metrics" | "params" | "tags" | null,
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
