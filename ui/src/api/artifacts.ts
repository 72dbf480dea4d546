/** The files of runs and models: their lists, their addresses, and what is in them. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call, path, reach } from "./client";

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
