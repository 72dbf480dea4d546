import { useSyncExternalStore } from "react";

/** The run that somebody points at: every view of it stands out, wherever the pointer is. */
let pointed: string | null = null;
const watchers = new Set<() => void>();
const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export function point(id: string | null): void {
  if (id === pointed) return;
  pointed = id;
  for (const watcher of watchers) watcher();
}

export const usePointed = () => useSyncExternalStore(watch, () => pointed);
