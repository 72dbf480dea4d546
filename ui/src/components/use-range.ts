import { useCallback, useEffect, useMemo } from "react";
import { readRange, writeRange } from "@/lib/range";
import type { Axis, Range } from "@/lib/range";
import { letGo, useClock } from "./clock";
import { useAddress } from "./use-address";

const keys = { step: "steps", time: "during", relative: "elapsed" } as const;

/** For whoever changes the axis: what was chosen of one says nothing of another. */
export const noRange = { steps: undefined, during: undefined, elapsed: undefined };

/** The part of an axis that all views of the page show, as the address says; null is everything. */
export function useRange(axis: Axis): [Range | null, (range: Range | null) => void] {
  const [search, change] = useAddress();
  const spelled = search[keys[axis]];
  const range = useMemo(() => readRange(spelled), [spelled]);
  const choose = useCallback((next: Range | null) => change({ [keys[axis]]: writeRange(next) }), [axis, change]);
  return [range, choose];
}

/** Escape shows everything again or, where that is shown, lets go of the moment. */
export function useEscape(range: Range | null, choose: (range: Range | null) => void): void {
  const { held } = useClock();
  useEffect(() => {
    if (!range && !held) return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector('[role="dialog"], [role="menu"]')) return;
      if (range) choose(null);
      else letGo();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [range, held, choose]);
}
