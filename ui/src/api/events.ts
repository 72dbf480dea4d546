/** Every change on the server, pushed: one connection for all tabs, which tell each other. */
import type { QueryClient } from "@tanstack/react-query";
import type { Event } from "./schema";

type Status = "live" | "lost";
type Message = { event: Event } | { status: Status };
type Listener = (event: Event) => void;

const listeners = new Set<Listener>();
const watchers = new Set<(status: Status) => void>();
let status: Status = "live";

export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function onStatus(watcher: (status: Status) => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function currentStatus(): Status {
  return status;
}

/** Which queries an event makes stale, by the first part of their keys. */
const stale: Record<string, string[]> = {
  run: ["runs"],
  experiment: ["experiments"],
  model: ["models"],
  endpoint: ["endpoints"],
  artifact: ["artifacts"],
  pipeline: ["pipelines"],
  pipeline_run: ["pipeline-runs"],
  schedule: ["schedules"],
  trigger: ["triggers"],
};
const pause = 1500;

export function followEvents(client: QueryClient): void {
  const dirty = new Set<string>();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    waiting = undefined;
    if (document.hidden) return; // nobody looks: when somebody does, it is made up for
    // The table of runs looks after its own pages, so that what is read does not move.
    void client.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => dirty.has(String(noun)) && what !== "pages" });
    dirty.clear();
  };
  document.addEventListener("visibilitychange", () => dirty.size > 0 && refresh());
  const take = (message: Message) => {
    if ("status" in message) {
      if (message.status === status) return;
      status = message.status;
      for (const watcher of watchers) watcher(status);
      if (status === "live") void client.invalidateQueries();
      return;
    }
    for (const listener of listeners) listener(message.event);
    for (const noun of [...(stale[message.event.kind] ?? []), "events"]) dirty.add(noun);
    waiting ??= setTimeout(refresh, pause);
  };
  const channel = new BroadcastChannel("modelyard-events");
  channel.onmessage = (heard: MessageEvent<Message>) => take(heard.data);
  const lead = () =>
    new Promise<void>(() => {
      connect((message) => {
        take(message);
        channel.postMessage(message);
      });
    });
  // Locks are there on localhost and over https only; elsewhere each tab has a connection of its own.
  if ("locks" in navigator) void navigator.locks.request("modelyard-events", lead);
  else connect(take);
}

function connect(take: (message: Message) => void): void {
  let last: string | null = null;
  let wait = 1000;
  const open = () => {
    const source = new EventSource(`/api/v1/events/stream${last === null ? "" : `?after=${last}`}`);
    source.addEventListener("ready", (heard) => {
      last = heard.lastEventId || last;
      wait = 1000;
      take({ status: "live" });
    });
    source.onmessage = (heard: MessageEvent<string>) => {
      last = heard.lastEventId || last;
      take({ event: JSON.parse(heard.data) as Event });
    };
    source.onerror = () => {
      source.close();
      if (wait > 1000) take({ status: "lost" });
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 15_000);
    };
  };
  open();
}
