import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { pipelineRunPagesQuery } from "@/api/pipelines";
import type { RunState } from "@/api/pipelines";
import type { PipelineRun } from "@/api/schema";
import { Button } from "@/components/button";
import { Link } from "@/components/link";
import { Input } from "@/components/field";
import { EmptyState, Loaded, wordOf } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { grouped, plural } from "@/lib/format";
import { runsCode } from "./code";
import { RunTable } from "./run-table";
import { Section } from "./section";
import { SelectedRuns, useRunSelection } from "./selected-runs";

const states: RunState[] = ["RUNNING", "PENDING", "SUCCEEDED", "FAILED", "CANCELED"];
const open = (run: PipelineRun) => ["PENDING", "RUNNING", "CANCELING"].includes(run.state);

export function PipelineRuns() {
  const [search, change] = useAddress();
  const state = states.find((one) => one === search.state);
  const archived = search.archived === "1";
  const name = useDeferredValue((search.q ?? "").trim());
  const selection = useRunSelection();
  const filter = { ...(name ? { name } : {}), ...(state ? { state } : {}), ...(archived ? { archived } : {}) };
  const found = useInfiniteQuery({
    ...pipelineRunPagesQuery(filter),
    refetchInterval: ({ state: { data } }) => (data?.pages.some((page) => page.items.some(open)) ? 3000 : false),
  });
  const runs = found.data?.pages.flatMap((page) => page.items) ?? [];
  const total = found.data?.pages.at(-1)?.total ?? 0;
  return (
    <Section
      at="/pipelines/runs"
      name="Pipeline runs"
      code={runsCode(filter, window.location.origin)}
      facts={found.data && <span>{plural(total, "run")}{state ? ` ${wordOf(state).toLowerCase()}` : ""}{archived ? " in the archive" : ""}</span>}
      actions={
        <>
          <Input type="search" data-filter aria-label="Filter by name" placeholder="Filter by name" value={search.q ?? ""} onChange={(event) => change({ q: event.target.value || undefined })} />
          <select aria-label="State" value={state ?? ""} onChange={(event) => change({ state: event.target.value || undefined })}>
            <option value="">any state</option>
            {states.map((one) => (
              <option key={one} value={one}>
                {wordOf(one)}
              </option>
            ))}
          </select>
          <Button aria-pressed={archived} onClick={() => change({ archived: archived ? undefined : "1" })}>
            Archive
          </Button>
        </>
      }
    >
      <SelectedRuns selection={selection} />
      <Loaded query={found} what="The list of runs">
        {() =>
          runs.length > 0 ? (
            <RunTable runs={runs} selection={selection} />
          ) : name || state || archived ? (
            <EmptyState title="No such run">
              <Link to="/pipelines/runs">All runs</Link>
            </EmptyState>
          ) : (
            <EmptyState title="No pipeline has run yet">
              <p className="muted">
                Start one from its <Link to="/pipelines">pipeline</Link>, or with the SDK: it appears here by itself.
              </p>
            </EmptyState>
          )
        }
      </Loaded>
      {found.data && runs.length < total && (
        <div className="row">
          <span className="muted">Showing {grouped(runs.length)} of {grouped(total)}</span>
          {found.hasNextPage && (
            <Button disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              Show more
            </Button>
          )}
        </div>
      )}
    </Section>
  );
}
