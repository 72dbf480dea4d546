import { Ban, Check, Circle, CircleDashed, Clock, LoaderCircle, Minus, RotateCcw, Square, Trash2, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "@/api/client";
import { Button } from "./button";
import css from "./states.module.css";

type Look = { icon: typeof Check; tone: "good" | "bad" | "warn" | "accent" | "cached" | "muted"; word: string; turns?: true };

const looks: Record<string, Look> = {
  FINISHED: { icon: Check, tone: "good", word: "Succeeded" },
  RUNNING: { icon: LoaderCircle, tone: "accent", word: "Running", turns: true },
  SCHEDULED: { icon: Circle, tone: "muted", word: "Queued" },
  FAILED: { icon: X, tone: "bad", word: "Failed" },
  KILLED: { icon: Ban, tone: "muted", word: "Cancelled" },
  Ready: { icon: Check, tone: "good", word: "Ready" },
  Loaded: { icon: Check, tone: "good", word: "Ready" },
  Pending: { icon: Circle, tone: "muted", word: "Pending" },
  Standby: { icon: CircleDashed, tone: "muted", word: "Standby" },
  Preparing: { icon: LoaderCircle, tone: "accent", word: "Preparing", turns: true },
  Loading: { icon: LoaderCircle, tone: "accent", word: "Loading", turns: true },
  Failing: { icon: TriangleAlert, tone: "warn", word: "Degraded" },
  Failed: { icon: X, tone: "bad", word: "Failed" },
  FailedToLoad: { icon: X, tone: "bad", word: "Failed to load" },
  Stopped: { icon: Square, tone: "muted", word: "Stopped" },
  Removing: { icon: Trash2, tone: "muted", word: "Removing" },
  READY: { icon: Check, tone: "good", word: "Ready" },
  PENDING: { icon: Circle, tone: "muted", word: "Pending" },
  WAITING: { icon: Clock, tone: "muted", word: "Waiting" },
  SUCCEEDED: { icon: Check, tone: "good", word: "Succeeded" },
  CACHED: { icon: RotateCcw, tone: "cached", word: "Cached" },
  SKIPPED: { icon: Minus, tone: "muted", word: "Skipped" },
  CANCELING: { icon: LoaderCircle, tone: "warn", word: "Cancelling", turns: true },
  CANCELED: { icon: Ban, tone: "muted", word: "Cancelled" },
};

export const states = Object.keys(looks);

export function wordOf(state: string): string {
  return looks[state]?.word ?? state;
}

/** A state as icon, word and colour, the same everywhere. */
export function State({ of, short = false }: { of: string; short?: boolean }) {
  const { icon: Icon, tone, word, turns } = looks[of] ?? { icon: Circle, tone: "muted" as const, word: of };
  return (
    <span className={`${css.state} ${css[tone]}`} {...(short ? { title: word } : {})}>
      <Icon size={14} aria-hidden className={turns ? css.turning : undefined} />
      <span className={short ? "visually-hidden" : undefined}>{word}</span>
    </span>
  );
}

export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={css.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A panel that could not be shown: what, why, where to look, and again. */
export function ErrorState({ error, what, retry }: { error: Error; what: string; retry?: () => void }) {
  const id = error instanceof ApiError ? error.requestId : "";
  return (
    <div className={css.error} role="alert">
      <TriangleAlert size={16} aria-hidden />
      <div className="grow">
        <strong>{what} cannot be shown.</strong> {error.message}
        {id && (
          <div className="muted small">
            Request <code>{id}</code>
          </div>
        )}
      </div>
      {retry && (
        <Button small onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Skeleton({ rows = 6, height = 16 }: { rows?: number; height?: number }) {
  return (
    <div aria-busy="true" style={{ display: "grid", gap: 10, padding: "8px 0" }}>
      {Array.from({ length: rows }, (_, at) => (
        <span key={at} className={css.skeleton} style={{ height, width: `${92 - ((at * 17) % 38)}%` }} />
      ))}
    </div>
  );
}

type Query<T> = { data: T | undefined; error: Error | null; refetch: () => unknown };

/** What a query found, or why it did not; what was there stays while new things are on their way. */
export function Loaded<T>({ query, what, children, rows }: { query: Query<T>; what: string; children: (data: T) => ReactNode; rows?: number }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorState error={query.error} what={what} retry={() => void query.refetch()} />;
  return <Skeleton {...(rows ? { rows } : {})} />;
}
