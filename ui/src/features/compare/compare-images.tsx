import { useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { blobQuery, folderQuery } from "@/api/queries";
import type { Artifact, Folder, Run } from "@/api/schema";
import { EmptyState, Skeleton } from "@/components/states";
import css from "./compare.module.css";

const image = /\.(png|jpe?g|gif|webp|svg)$/i;
const most = 8_000_000;
const imagesOf = (found: ReadonlyArray<{ data: Folder | undefined; isPending: boolean }>) => ({
  folders: found.map((one) => one.data),
  waiting: found.some((one) => one.isPending),
});

/** One image of every run that has it, side by side. Those in folders of the top level are looked at as well. */
export function CompareImages({ runs }: { runs: readonly Run[] }) {
  const top = useQueries({ queries: runs.map((run) => folderQuery(run.id, "")), combine: imagesOf });
  const folders = [...new Set(top.folders.flatMap((one) => one?.items.filter((item) => item.is_dir).map((item) => item.path) ?? []))].slice(0, 6);
  const wanted = runs.flatMap((run) => folders.map((folder) => ({ run, folder })));
  const below = useQueries({ queries: wanted.map(({ run, folder }) => folderQuery(run.id, folder)), combine: imagesOf });
  const files = new Map<string, Artifact[]>();
  const put = (run: Run | undefined, folder: Folder | undefined) => run && files.set(run.id, [...(files.get(run.id) ?? []), ...(folder?.items ?? [])]);
  top.folders.forEach((folder, at) => put(runs[at], folder));
  below.folders.forEach((folder, at) => put(wanted[at]?.run, folder));
  const paths = [...new Set([...files.values()].flat().filter((one) => !one.is_dir && image.test(one.path) && (one.size ?? 0) < most).map((one) => one.path))].toSorted();
  const [chosen, choose] = useState("");
  const path = paths.includes(chosen) ? chosen : paths[0];
  if (top.waiting || below.waiting) return <Skeleton />;
  if (!path) return <EmptyState title="None of these runs has images" />;
  return (
    <div className="stack">
      <label className="row">
        Image
        <select value={path} onChange={(event) => choose(event.target.value)}>
          {paths.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <div className={css.images}>
        {runs.map((run) => (
          <figure key={run.id}>
            <figcaption className="ellipsis">{run.name}</figcaption>
            {files.get(run.id)?.some((one) => one.path === path) ? <Picture run={run} path={path} /> : <p className="muted">It has no such image.</p>}
          </figure>
        ))}
      </div>
    </div>
  );
}

function Picture({ run, path }: { run: Run; path: string }) {
  const found = useQuery(blobQuery(run.id, path));
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!found.data) return undefined;
    const made = URL.createObjectURL(found.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [found.data]);
  return url ? <img src={url} alt={`${path} of ${run.name}`} /> : <Skeleton rows={4} />;
}
