import type { ReactNode } from "react";

/** A text that may be longer than its place: it scrolls, so it can be reached by keyboard. */
export function Scroller({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className={className} tabIndex={0} role="region" aria-label={label}>
      {children}
    </pre>
  );
}
