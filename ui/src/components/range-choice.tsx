import { MoveHorizontal, X } from "lucide-react";
import { useState } from "react";
import { betweenTimes, duration, number } from "@/lib/format";
import { fromField, toField } from "@/lib/range";
import type { Axis, Range } from "@/lib/range";
import { Button } from "./button";
import { Field, Input } from "./field";
import { Popover, PopoverClose } from "./overlay";
import { useEscape, useRange } from "./use-range";

const units = { step: "Step", time: "Time", relative: "Seconds" } as const;

function words(axis: Axis, [from, until]: Range): string {
  if (axis === "step") return `Steps ${number(from)} to ${number(until)}`;
  return axis === "time" ? betweenTimes(from, until) : `${duration(from)} to ${duration(until)}`;
}

/** What part of the axis all views of the page show; the same as Shift and a drag, for the keyboard and for fingers. */
export function RangeChoice({ axis }: { axis: Axis }) {
  const [range, choose] = useRange(axis);
  useEscape(range, choose);
  return (
    <span className="row tight">
      <Popover
        label="Range of all views"
        width={280}
        trigger={
          <Button small title="Hold Shift and drag over a chart or timeline; Escape or a double-click shows everything again">
            <MoveHorizontal size={14} aria-hidden /> {range ? words(axis, range) : "Range"}
          </Button>
        }
      >
        <Fields key={String(range)} axis={axis} range={range} choose={choose} />
      </Popover>
      {range && (
        <Button quiet small label="Show the whole range" onClick={() => choose(null)}>
          <X size={14} aria-hidden />
        </Button>
      )}
    </span>
  );
}

function Fields({ axis, range, choose }: { axis: Axis; range: Range | null; choose: (range: Range) => void }) {
  const [from, setFrom] = useState(range ? toField(axis, range[0]) : "");
  const [until, setUntil] = useState(range ? toField(axis, range[1]) : "");
  const [low, high] = [fromField(axis, from), fromField(axis, until)];
  const type = axis === "time" ? "datetime-local" : "number";
  return (
    <div className="stack" style={{ gap: 8, padding: 8 }}>
      <Field label={`${units[axis]} from`}>
        <Input type={type} step={1} value={from} onChange={(event) => setFrom(event.target.value)} />
      </Field>
      <Field label={`${units[axis]} to`}>
        <Input type={type} step={1} value={until} onChange={(event) => setUntil(event.target.value)} />
      </Field>
      <p className="muted small">All charts, timelines and logs of the page follow. Shift and a drag over one of them does the same.</p>
      <PopoverClose asChild>
        <Button primary disabled={low === null || high === null || low >= high} onClick={() => low !== null && high !== null && choose([low, high])}>
          Show this range
        </Button>
      </PopoverClose>
    </div>
  );
}
