/** Runs of pipelines beside one another, and where the outputs of a cached task are from. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";

export const comparisonQuery = (runs: readonly string[]) =>
  queryOptions({
    queryKey: ["pipeline-runs", "comparison", runs],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-comparison", { query: { runs: runs.join(",") } }, signal),
    enabled: runs.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });

export const cacheSourceQuery = (run: string, task: string) =>
  queryOptions({
    queryKey: ["pipeline-runs", "cache-source", run, task],
    queryFn: ({ signal }) => call("GET /api/v1/pipeline-runs/{id}/tasks/{task}/cache-source", { path: { id: run, task } }, signal),
    staleTime: 60_000,
    retry: false,
  });
