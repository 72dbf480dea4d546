import { useMoveStage } from "@/api/changes";
import type { ModelVersion } from "@/api/schema";
import { tell, tellError } from "@/components/toasts";

const stages = ["None", "Staging", "Production", "Archived"] as const;

/** The stage of a version, which can be taken back. */
export function Stage({ version }: { version: ModelVersion }) {
  const move = useMoveStage();
  return (
    <label className="row">
      <span className="muted">Stage</span>
      <select
        value={version.stage}
        onChange={(event) => {
          const stage = stages.find((one) => one === event.target.value) ?? "None";
          const before = stages.find((one) => one === version.stage) ?? "None";
          const go = (wanted: (typeof stages)[number]) => move.mutateAsync({ name: version.name, version: version.version, stage: wanted });
          go(stage).then(
            () => tell(`Version ${version.version} is in ${stage === "None" ? "no stage" : stage}`, () => void go(before)),
            tellError,
          );
        }}
      >
        {stages.map((stage) => (
          <option key={stage} value={stage}>{stage === "None" ? "none" : stage}</option>
        ))}
      </select>
    </label>
  );
}
