import { queryOptions, useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { call } from "@/api/client";
import type { Run, Runs, SearchRuns } from "@/api/schema";

const size = 200;

const windowQuery = (asked: SearchRuns, at: number) =>
  queryOptions({
    queryKey: ["runs", "pages", "far", asked, at],
    queryFn: ({ signal }) => call("POST /api/v1/runs/search", { body: { ...asked, offset: at * size, limit: size } }, signal),
  });

type Answers = ReadonlyArray<{ data: Runs | undefined }>;
const itemsOf = (answers: Answers) => answers.map((one) => one.data?.items);

/** Runs far down the list, by their place in it: who jumps there need not wait for all that are before. */
export function useFar(asked: SearchRuns): { far: ReadonlyMap<number, Run>; reach: (first: number, last: number) => void } {
  const [wanted, want] = useState<{ asked: SearchRuns; windows: readonly number[] }>({ asked, windows: [] });
  const windows = wanted.asked === asked ? wanted.windows : [];
  const found = useQueries({ queries: windows.map((at) => windowQuery(asked, at)), combine: itemsOf });
  const far = useMemo(() => {
    const runs = new Map<number, Run>();
    windows.forEach((at, place) => found[place]?.forEach((run, within) => runs.set(at * size + within, run)));
    return runs;
    // An answer goes with its window; both are new when one is.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [wanted, found]);
  const reach = useCallback(
    (first: number, last: number) => {
      const from = Math.floor(first / size);
      const next = Array.from({ length: Math.floor(last / size) - from + 1 }, (_, at) => from + at);
      want((before) => (before.asked === asked && before.windows.join() === next.join() ? before : { asked, windows: next }));
    },
    [asked],
  );
  return { far, reach };
}
