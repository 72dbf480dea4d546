import { useEffect } from "react";
import { isTyping } from "./typing";

/** `b` makes something the baseline: what has the focus or the pointer and says so in `data-baseline`, else null is given. */
export function useBaselineKey(act: (id: string | null) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "b" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]')) return;
      const focused = document.activeElement?.closest<HTMLElement>("[data-baseline]");
      act((focused ?? document.querySelector<HTMLElement>("[data-baseline]:hover"))?.dataset.baseline ?? null);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
}

/** The baseline after `b`: another one than now, or none; where nobody pointed at one, each in turn. */
export function nextBaseline(ids: readonly string[], now: string | undefined, pointed: string | null): string | undefined {
  if (pointed !== null) return pointed === now ? undefined : pointed;
  return ids[now === undefined ? 0 : ids.indexOf(now) + 1];
}
