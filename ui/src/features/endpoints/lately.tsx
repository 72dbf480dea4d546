import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { trafficQuery } from "@/api/queries";
import type { Endpoint, Stretch, Traffic } from "@/api/schema";
import type { Mark, PlotSeries } from "@/components/chart/placing";
import { Panel } from "@/components/panel";
import { RangeChoice } from "@/components/range-choice";
import { Loaded, Skeleton } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { useRange } from "@/components/use-range";
import { revisionColor } from "./colors";
import css from "./endpoints.module.css";

const Plot = lazy(() => import("@/components/chart/plot"));
const every = 5000;
const strokes = [5, 4];
type Drawn = { metric: string; lines: PlotSeries[] };
type Pick = (one: Stretch) => number | null;

/** Rate, errors and latency of the last five minutes, a line for each revision, with marks where one was deployed. */
export function Lately({ endpoint }: { endpoint: Endpoint }) {
  const found = useQuery({ ...trafficQuery(endpoint.name), refetchInterval: every });
  const marks = useMemo(() => endpoint.revisions.map((one) => ({ at: one.created_at, label: `revision ${one.number} of ${one.model_uri.replace("models:/", "")} deployed` })), [endpoint.revisions]);
  return (
    <Panel title="Last five minutes" side={<RangeChoice axis="time" />}>
      <Loaded query={found} what="The traffic" rows={3}>
        {(traffic) => <Charts name={endpoint.name} traffic={traffic} marks={marks} />}
      </Loaded>
    </Panel>
  );
}

function Charts({ name, traffic, marks }: { name: string; traffic: Traffic; marks: readonly Mark[] }) {
  const dark = useIsDark();
  const [range, choose] = useRange("time");
  const oldest = Math.min(...traffic.items.flatMap((one) => one.stretches.slice(0, 1).map((each) => each.at)));
  const asked = traffic.items.filter((one) => one.stretches.some((each) => each.asked > 0));
  const charts = useMemo((): Drawn[] => {
    const lines = (pick: Pick, what = "", dash: readonly number[] = []): PlotSeries[] =>
      traffic.items
        .filter((one) => one.stretches.length > 0)
        .map(({ revision, stretches }) => ({
          id: `${revision}${what}`,
          name: `revision ${revision}${what && `, ${what}`}`,
          color: revisionColor(revision, dark),
          dash,
          line: { x: stretches.map((one) => one.at), y: stretches.map(pick) },
        }));
    const answered = (pick: (one: Stretch) => number): Pick => (one) => (one.asked > one.failed + one.refused ? pick(one) : null);
    const share = (pick: (one: Stretch) => number): Pick => (one) => (one.asked > 0 ? (100 * pick(one)) / one.asked : null);
    return [
      { metric: "Requests a second", lines: lines((one) => one.asked / traffic.seconds) },
      { metric: "Failed and, dashed, asked wrongly, %", lines: [...lines(share((one) => one.failed), "failed"), ...lines(share((one) => one.refused), "asked wrongly", strokes)] },
      { metric: "Latency, ms: p50 and, dashed, p99", lines: [...lines(answered((one) => one.p50_ms), "p50"), ...lines(answered((one) => one.p99_ms), "p99", strokes)] },
    ];
  }, [traffic, dark]);
  if (asked.length === 0) return <p className="muted">No requests. Lines appear with the first answers.</p>;
  return (
    <div className="stack" style={{ gap: 10 }}>
      {asked.length > 1 && (
        <div className="row wrap small">
          {asked.map(({ revision }) => (
            <span key={revision} className="row tight">
              <i className={css.swatch} style={{ background: revisionColor(revision, dark) }} aria-hidden /> revision {revision}
            </span>
          ))}
        </div>
      )}
      <Suspense fallback={<Skeleton rows={3} />}>
        {charts.map(({ metric, lines }) => (
          <div key={metric}>
            <h3 style={{ padding: "0 8px" }}>{metric}</h3>
            <Plot metric={metric} series={lines} axis="time" log={false} smoothing={0} height={120} group={`lately-${name}`} range={range && range[1] > oldest ? range : null} zoom={choose} marks={marks} />
          </div>
        ))}
      </Suspense>
    </div>
  );
}
