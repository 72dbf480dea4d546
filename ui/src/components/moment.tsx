import { X } from "lucide-react";
import { absolute } from "@/lib/format";
import { Button } from "./button";
import { hold, letGo, useClock } from "./clock";

/** The clock of all views as a slider, for the keyboard and for fingers; while it is held it says so. */
export function Moment({ from, until }: { from: number; until: number }) {
  const { at, held } = useClock();
  const shown = at === null ? until : Math.min(until, Math.max(from, at));
  return (
    <div className="row small" style={{ minHeight: 28 }}>
      <label className="row grow">
        <span className="muted">Moment</span>
        <input
          type="range"
          className="grow"
          min={from}
          max={until}
          step={Math.max(1, Math.round((until - from) / 500))}
          value={shown}
          aria-valuetext={absolute(shown)}
          onChange={(event) => hold(Number(event.target.value))}
        />
      </label>
      <span className="number" style={{ minWidth: 150 }}>{at === null ? <span className="muted">point at a time</span> : absolute(shown)}</span>
      <Button quiet small label="Let go of the moment" disabled={!held} onClick={letGo}>
        <X size={14} aria-hidden />
      </Button>
    </div>
  );
}
