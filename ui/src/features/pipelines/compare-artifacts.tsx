import type { ArtifactLine, PipelineComparison, PipelineRun } from "@/api/schema";
import { Panel } from "@/components/panel";
import { EmptyState } from "@/components/states";
import { useIsDark } from "@/components/theme";
import { colorOf } from "@/lib/colors";
import { grouped } from "@/lib/format";
import { curvesOf, isDrawn } from "@/lib/pipelines/comparison";
import { ArtifactView } from "./artifact-view";
import { RocCurves } from "./metrics-view";
import css from "./pipelines.module.css";

const most = 60;

/** What tasks of the same place made, beside one another; what can be drawn comes first, curves in one drawing. */
export function CompareArtifacts({ comparison: { runs, artifacts } }: { comparison: PipelineComparison }) {
  const dark = useIsDark();
  const colors = runs.map((run) => colorOf(run, dark));
  const lines = artifacts.toSorted((a, b) => Number(isDrawn(b)) - Number(isDrawn(a)));
  if (lines.length === 0) return <EmptyState title="None of these runs has made an artifact" />;
  return (
    <div className="stack">
      {lines.slice(0, most).map((line) => (
        <Panel key={`${line.place}/${line.output}`} title={`${line.place} · ${line.output}`}>
          <div className="stack">
            <Overlaid line={line} runs={runs} colors={colors} />
            <div className={css.sides}>
              {runs.map((run, at) => {
                const cell = line.cells[at];
                return (
                  <div key={run.id} className={css.side}>
                    <div className="row tight small">
                      <span className={css.swatch} style={{ background: colors[at] }} aria-hidden />
                      <strong className="ellipsis">{run.name}</strong>
                    </div>
                    {cell ? <ArtifactView key={cell.id} name={line.output} artifact={cell} made={isDrawn(line)} /> : <p className="muted">It has made none.</p>}
                  </div>
                );
              })}
            </div>
          </div>
        </Panel>
      ))}
      {lines.length > most && <p className="muted">The first {most} of {grouped(lines.length)} artifacts.</p>}
    </div>
  );
}

function Overlaid({ line, runs, colors }: { line: ArtifactLine; runs: readonly PipelineRun[]; colors: readonly string[] }) {
  const curves = curvesOf(line);
  if (curves.length < 2) return null;
  const named = curves.map(({ at, points }) => ({ name: runs[at]?.name ?? "", color: colors[at] ?? "", points }));
  return <RocCurves curves={named} />;
}
