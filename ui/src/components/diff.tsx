import { useMemo } from "react";
import { diffParts } from "@/lib/source";
import css from "./diff.module.css";

/** What was changed, line by line. */
export function Diff({ text }: { text: string }) {
  const parts = useMemo(() => diffParts(text), [text]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <pre className={css.diff} tabIndex={0} role="region" aria-label="Changes">
      {parts.map((part, at) => (
        <span key={at} className={css[part.kind]}>
          {part.text}
        </span>
      ))}
    </pre>
  );
}
