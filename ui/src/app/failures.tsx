import type { ErrorComponentProps } from "@tanstack/react-router";
import { useRouterState } from "@tanstack/react-router";
import { ErrorState } from "@/components/states";
import { Link } from "@/components/link";

export function NotThere() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <div style={{ padding: 32 }}>
      <h1>There is no such page</h1>
      <p className="muted" style={{ margin: "8px 0 16px" }}>
        Nothing answers at <code>{path}</code>. Press <kbd>Ctrl</kbd> <kbd>K</kbd> to search, or go{" "}
        <Link to="/">home</Link>.
      </p>
    </div>
  );
}

export function Crash({ error, reset }: ErrorComponentProps) {
  return (
    <div style={{ padding: 32 }}>
      <ErrorState error={error instanceof Error ? error : new Error(String(error))} what="This page" retry={reset} />
    </div>
  );
}
