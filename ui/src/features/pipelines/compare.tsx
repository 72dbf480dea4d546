import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { comparisonQuery } from "@/api/comparisons";
import type { PipelineComparison } from "@/api/schema";
import { ButtonLink } from "@/components/button";
import { Link, to } from "@/components/link";
import { Page } from "@/components/page";
import { EmptyState, Loaded } from "@/components/states";
import { Tabs } from "@/components/tabs";
import { useAddress } from "@/components/use-address";
import { grouped, plural } from "@/lib/format";
import { comparisonCode } from "./code";
import { CompareArtifacts } from "./compare-artifacts";
import { CompareRuns } from "./compare-runs";

const crumbs = [
  { label: "Pipelines", to: "/pipelines" },
  { label: "Runs", to: "/pipelines/runs" },
];
const ended = (state: string) => ["SUCCEEDED", "FAILED", "CANCELED"].includes(state);

/** Runs of pipelines side by side: what they were given, what came out, how each task did, and what they made. */
export function ComparePipelineRuns() {
  const [search] = useAddress();
  const ids = useMemo(() => [...new Set((search.runs ?? "").split(",").filter(Boolean))], [search.runs]);
  const found = useQuery({
    ...comparisonQuery(ids),
    refetchInterval: ({ state: { data } }) => (data?.runs.some((run) => !ended(run.state)) ? 3000 : false),
  });
  const tracked = found.data?.runs.map((run) => run.tracking_run_id).filter(Boolean) ?? [];
  return (
    <Page
      title={`Compare ${plural(ids.length, "run")} of pipelines`}
      name="Compare runs of pipelines"
      crumbs={crumbs}
      code={comparisonCode(ids, window.location.origin)}
      actions={tracked.length > 1 && <ButtonLink to={to.compare(tracked)}>Compare what their steps logged</ButtonLink>}
    >
      {ids.length < 2 ? (
        <EmptyState title="Choose two runs or more">
          <p className="muted">
            Select them in the <Link to="/pipelines/runs">list of runs</Link> and press <kbd>c</kbd>.
          </p>
        </EmptyState>
      ) : (
        <Loaded query={found} what="The comparison" rows={12}>
          {(comparison) => <Shown comparison={comparison} asked={ids.length} />}
        </Loaded>
      )}
    </Page>
  );
}

function Shown({ comparison, asked }: { comparison: PipelineComparison; asked: number }) {
  const [search, change] = useAddress();
  const { runs, artifacts, left_out } = comparison;
  const missing = asked - runs.length;
  const tabs = [
    { value: "table", label: "Differences" },
    { value: "artifacts", label: `Artifacts ${artifacts.length || ""}` },
  ];
  const tab = search.tab === "artifacts" ? "artifacts" : "table";
  return (
    <>
      {missing > 0 && <p className="muted" role="status">{plural(missing, "run")} of these cannot be found.</p>}
      <Tabs label="What to compare" tabs={tabs} chosen={tab} choose={(value) => change({ tab: value === "table" ? undefined : value }, true)} />
      {tab === "table" ? <CompareRuns comparison={comparison} /> : <CompareArtifacts comparison={comparison} />}
      {left_out > 0 && <p className="muted">{grouped(left_out)} lines more are left out.</p>}
    </>
  );
}
