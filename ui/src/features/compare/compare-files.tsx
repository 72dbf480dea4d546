import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fileQuery } from "@/api/queries";
import type { Artifact, Run } from "@/api/schema";
import { Diff } from "@/components/diff";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState, Skeleton } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { bytes } from "@/lib/format";
import { unified } from "@/lib/line-diff";
import { useFiles } from "./use-files";

const text = /(\.(txt|log|py|r|sh|ya?ml|toml|ini|cfg|conf|xml|rst|sql|js|ts|css|jsonl?|csv|tsv|md|html?|lock)|(^|\/)(MLmodel|MLproject|Dockerfile|Makefile|requirements[^/]*|conda[^/]*))$/i;
const most = 200_000;

/** A text file of every run that has it, as what differs from the baseline's. */
export function CompareFiles({ runs }: { runs: readonly Run[] }) {
  const [search, change] = useAddress();
  const { files, waiting } = useFiles(runs);
  const base = runs.find((run) => run.id === search.base) ?? runs[0];
  const sizes = sizesOf([...files.values()]);
  const paths = [...sizes.keys()].toSorted((a, b) => Number(differs(sizes.get(b))) - Number(differs(sizes.get(a))) || a.localeCompare(b));
  const path = search.file !== undefined && sizes.has(search.file) ? search.file : paths[0];
  if (waiting) return <Skeleton />;
  if (!path || !base) return <EmptyState title="No two of these runs have a text file of the same name" />;
  const has = (run: Run) => files.get(run.id)?.some((one) => one.path === path) ?? false;
  return (
    <div className="stack">
      <div className="row wrap">
        <label className="row">
          File
          <select value={path} onChange={(event) => change({ file: event.target.value })}>
            {paths.map((one) => (
              <option key={one} value={one}>
                {one}
                {differs(sizes.get(one)) && " (differs)"}
              </option>
            ))}
          </select>
        </label>
        <label className="row">
          against
          <select value={base.id} aria-label="Against which run" onChange={(event) => change({ base: event.target.value })}>
            {runs.map((run) => (
              <option key={run.id} value={run.id}>
                {run.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {!has(base) && <p className="muted">{base.name} has no such file.</p>}
      {runs
        .filter((run) => run !== base)
        .map((run) => (
          <Panel key={run.id} title={run.name}>
            {has(run) && has(base) ? <Changes base={base} run={run} path={path} /> : <p className="muted">It has no such file to compare.</p>}
          </Panel>
        ))}
    </div>
  );
}

/** Text files that two runs have or more, with their sizes. */
function sizesOf(all: ReadonlyArray<readonly Artifact[]>): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const files of all) for (const one of files) if (text.test(one.path)) found.set(one.path, [...(found.get(one.path) ?? []), one.size ?? 0]);
  return new Map([...found].filter(([, sizes]) => sizes.length > 1));
}

const differs = (sizes: readonly number[] | undefined) => new Set(sizes).size > 1;

function Changes({ base, run, path }: { base: Run; run: Run; path: string }) {
  const before = useQuery(fileQuery(base.id, path, most));
  const after = useQuery(fileQuery(run.id, path, most));
  const changes = useMemo(() => (before.data === undefined || after.data === undefined ? null : unified(before.data, after.data)), [before.data, after.data]);
  const error = before.error ?? after.error;
  if (error) return <ErrorState error={error} what={path} />;
  if (changes === null) return <Skeleton rows={4} />;
  const cut = before.data?.length === most || after.data?.length === most;
  return (
    <>
      {changes === "" ? <p className="muted">The same as in {base.name}.</p> : <Diff text={changes} />}
      {cut && <p className="muted small">Of the first {bytes(most)}.</p>}
    </>
  );
}
