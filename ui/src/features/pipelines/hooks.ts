import { useEffect, useState, useSyncExternalStore } from "react";

const query = () => window.matchMedia("(max-width: 720px)");
const subscribe = (watcher: () => void) => {
  const found = query();
  found.addEventListener("change", watcher);
  return () => found.removeEventListener("change", watcher);
};

export const useNarrow = () => useSyncExternalStore(subscribe, () => query().matches);

/** The time, each second while something lasts. */
export function useTicking(on: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!on) return;
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, [on]);
  return now;
}
