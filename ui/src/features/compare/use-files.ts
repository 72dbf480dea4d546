import { useQueries } from "@tanstack/react-query";
import { folderQuery } from "@/api/queries";
import type { Artifact, Folder, Run } from "@/api/schema";

const mostFolders = 6;
const listed = (found: ReadonlyArray<{ data: Folder | undefined; isPending: boolean }>) => ({
  folders: found.map((one) => one.data),
  waiting: found.some((one) => one.isPending),
});

/** The files of runs, by run: those of the top level and in its folders. */
export function useFiles(runs: readonly Run[]): { files: ReadonlyMap<string, readonly Artifact[]>; waiting: boolean } {
  const top = useQueries({ queries: runs.map((run) => folderQuery(run.id, "")), combine: listed });
  const folders = [...new Set(top.folders.flatMap((one) => one?.items.filter((item) => item.is_dir).map((item) => item.path) ?? []))].slice(0, mostFolders);
  const wanted = runs.flatMap((run) => folders.map((folder) => ({ run, folder })));
  const below = useQueries({ queries: wanted.map(({ run, folder }) => folderQuery(run.id, folder)), combine: listed });
  const files = new Map<string, Artifact[]>();
  const put = (run: Run | undefined, folder: Folder | undefined) => run && files.set(run.id, [...(files.get(run.id) ?? []), ...(folder?.items.filter((one) => !one.is_dir) ?? [])]);
  top.folders.forEach((folder, at) => put(runs[at], folder));
  below.folders.forEach((folder, at) => put(wanted[at]?.run, folder));
  return { files, waiting: top.waiting || below.waiting };
}
