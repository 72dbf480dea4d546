import { lazy, Suspense, useEffect, useState } from "react";
import type { Endpoint } from "@/api/schema";
import type { PlotSeries } from "@/components/chart/plot";
import { Panel } from "@/components/panel";
import { Skeleton } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { colorOf } from "@/lib/colors";

const Plot = lazy(() => import("@/components/chart/plot"));
const kept = 720;
type Sample = { at: number; revision: number; asked: number; p50: number; p99: number };

/** Rate and latency since this page was opened: the server tells about the last minute, and this keeps what it told. */
export function Lately({ endpoint }: { endpoint: Endpoint }) {
  const dark = useIsDark();
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    const at = Date.now();
    const now = endpoint.revisions.flatMap(({ number, lately }) =>
      lately ? [{ at, revision: number, asked: lately.asked, p50: lately.p50_ms, p99: lately.p99_ms }] : [],
    );
    setSamples((before) => [...before, ...now].slice(-kept));
  }, [endpoint]);
  const revisions = [...new Set(samples.map((one) => one.revision))];
  const series = (pick: (one: Sample) => number | null, what: string): PlotSeries[] =>
    revisions.map((revision) => {
      const mine = samples.filter((one) => one.revision === revision);
      return {
        id: `${what}${revision}`,
        name: `revision ${revision}`,
        color: colorOf(`${endpoint.name}/${revision}`, dark),
        line: { x: mine.map((one) => one.at), y: mine.map(pick) },
      };
    });
  const chart = (metric: string, lines: PlotSeries[]) => (
    <div>
      <h3 style={{ padding: "0 8px" }}>{metric}</h3>
      <Plot metric={metric} series={lines} axis="time" log={false} smoothing={0} height={130} group={`lately-${endpoint.name}`} zoom={() => {}} />
    </div>
  );
  return (
    <Panel title="Since you opened this page">
      {samples.length < 2 ? (
        <p className="muted">Listening: lines appear with the first answers.</p>
      ) : (
        <Suspense fallback={<Skeleton rows={3} />}>
          <div className="stack">
            {chart("Requests a minute", series((one) => one.asked, "asked"))}
            {chart("p99, ms", series((one) => (one.asked > 0 ? one.p99 : null), "p99"))}
          </div>
        </Suspense>
      )}
    </Panel>
  );
}
