import { grouped } from "@/lib/format";

type Given = { steps: readonly number[]; step: number; choose: (step: number) => void };

/** Goes through the steps at which something was logged, as far apart as these may be. */
export function StepSlider({ steps, step, choose }: Given) {
  const at = Math.max(0, steps.findLastIndex((one) => one <= step));
  return (
    <label className="row">
      Step
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={at}
        aria-valuetext={`Step ${steps[at]}`}
        onChange={(event) => choose(steps[Number(event.target.value)] ?? 0)}
      />
      <strong className="number" style={{ minWidth: 48 }}>{grouped(steps[at] ?? 0)}</strong>
      <span className="muted small">{at + 1} of {steps.length}</span>
    </label>
  );
}
