import { useEffect, useMemo, useRef, useState } from "react";
import type { MouseEvent } from "react";
import { CopyButton } from "@/components/code";
import { Input } from "@/components/field";
import { useAddress } from "@/components/use-address";
import { plural } from "@/lib/format";
import css from "./artifacts.module.css";

const lineHeight = 18;

/** Lines `12` or `12-15` as they stand in an address. */
function linesOf(text: string | undefined, most: number): [number, number] | null {
  const [, from, to] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text ?? "") ?? [];
  if (!from) return null;
  const [a, b] = [Number(from), Number(to ?? from)].toSorted((x, y) => x - y);
  return a && b && a <= most ? [a, Math.min(b, most)] : null;
}

/** A text with numbered lines, which have addresses. Four elements however long it is, so that all of it can be searched. */
export function TextView({ text, name }: { text: string; name: string }) {
  const [search, change] = useAddress();
  const [typed, setTyped] = useState("");
  const marked = useRef<HTMLDivElement>(null);
  const count = useMemo(() => text.replace(/\n$/, "").split("\n").length, [text]);
  const numbers = useMemo(() => Array.from({ length: count }, (_, at) => at + 1).join("\n"), [count]);
  const lines = linesOf(search.line, count);
  useEffect(() => {
    void marked.current?.scrollIntoView({ block: "center" });
  }, [search.line]);
  const press = (event: MouseEvent<HTMLPreElement>) => {
    const line = Math.min(count, 1 + Math.floor((event.clientY - event.currentTarget.getBoundingClientRect().top) / lineHeight));
    const from = event.shiftKey && lines ? lines[0] : line;
    change({ line: from === line ? String(line) : `${Math.min(from, line)}-${Math.max(from, line)}` });
  };
  return (
    <>
      <form
        className={`row wrap ${css.pager}`}
        onSubmit={(event) => {
          event.preventDefault();
          change({ line: typed.trim() || undefined });
        }}
      >
        <span className="muted small grow">{plural(count, "line")}{count > 1 && ": press a number for its address, with Shift for several"}</span>
        {lines && <CopyButton text={window.location.href} label={`Copy the address of line ${search.line}`} />}
        <Input value={typed} aria-label="Go to line" placeholder={search.line ? `line ${search.line}` : "Go to line"} inputMode="numeric" onChange={(event) => setTyped(event.target.value)} style={{ width: 104 }} />
      </form>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div className={css.lines} tabIndex={0} role="region" aria-label={`Text of ${name}`}>
        {/* The field above does the same by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
        <pre className={css.numbers} aria-hidden onClick={press}>
          {numbers}
        </pre>
        <pre className={css.text}>{text}</pre>
        {lines && <div ref={marked} className={css.marked} data-lines={search.line} style={{ top: (lines[0] - 1) * lineHeight, height: (lines[1] - lines[0] + 1) * lineHeight }} />}
      </div>
    </>
  );
}
