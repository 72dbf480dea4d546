import { useSyncExternalStore } from "react";

/** The moment that somebody points at, in milliseconds: charts, timelines and logs all stand at it. Held, it stays. */
type Clock = { at: number | null; held: boolean };
let clock: Clock = { at: null, held: false };
const watchers = new Set<() => void>();
const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

function put(next: Clock): void {
  if (next.at === clock.at && next.held === clock.held) return;
  clock = next;
  for (const watcher of watchers) watcher();
}

/** Where the pointer is; null when it has left. A moment that is held stays. */
export function passBy(at: number | null): void {
  if (!clock.held) put({ at, held: false });
}

export function hold(at: number): void {
  put({ at, held: true });
}

export function letGo(): void {
  put({ at: null, held: false });
}

/** A click where time runs: holds this moment, or lets go of the one that is held. */
export function holdOrLetGo(at: number): void {
  if (clock.held) letGo();
  else hold(at);
}

export const useClock = () => useSyncExternalStore(watch, () => clock);
