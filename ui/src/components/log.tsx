import { useEffect, useMemo, useRef } from "react";
import { between, lineAt, stampsOf } from "@/lib/log-times";
import { grouped } from "@/lib/format";
import { Button } from "./button";
import { useClock } from "./clock";
import css from "./log.module.css";
import { useRange } from "./use-range";

const close = 24;

const none: ReturnType<typeof stampsOf> = [];

type Given = { text: string; otherwise: string; label: string };

/** What was printed; of a range that was chosen, what was printed then, where the lines say when. */
export function Log({ text, otherwise, label }: Given) {
  const [range, choose] = useRange("time");
  const part = useMemo(() => (range ? between(text, range) : null), [text, range]);
  return (
    <>
      {part && (
        <p className={`${css.part} muted small`} role="status">
          {part.text === "" ? "Nothing was printed in the range that is shown." : `Lines ${grouped(part.from)} to ${grouped(part.until)} of ${grouped(part.of)}: those of the range that is shown.`}{" "}
          <Button quiet small onClick={() => choose(null)}>
            Show all lines
          </Button>
        </p>
      )}
      <Lines text={part ? part.text : text} otherwise={part ? "" : otherwise} label={label} />
    </>
  );
}

/** It goes on while one reads at the end, and stands at the clock's moment. */
function Lines({ text, otherwise, label }: Given) {
  const box = useRef<HTMLPreElement>(null);
  const mark = useRef<HTMLSpanElement>(null);
  const follows = useRef(true);
  const { at } = useClock();
  const asked = at !== null;
  const stamps = useMemo(() => (asked ? stampsOf(text) : none), [text, asked]);
  const line = at === null ? null : lineAt(stamps, at);
  useEffect(() => {
    if (box.current && follows.current && line === null) box.current.scrollTop = box.current.scrollHeight;
  }, [text, line]);
  useEffect(() => {
    const [frame, marked] = [box.current, mark.current];
    if (frame && marked) frame.scrollTop = marked.offsetTop - frame.clientHeight / 2;
  }, [line]);
  return (
    <pre
      ref={box}
      className={`${css.log} mono`}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
      tabIndex={0}
      role="region"
      aria-label={label}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < close;
      }}
    >
      {line === null ? text || otherwise : <Split text={text} line={line} mark={mark} />}
    </pre>
  );
}

/** With a mark around one line. */
function Split({ text, line, mark }: { text: string; line: number; mark: React.RefObject<HTMLSpanElement | null> }) {
  const lines = text.split("\n");
  return (
    <>
      {lines.slice(0, line).join("\n")}
      <span ref={mark} className={css.marked} data-line={line + 1}>
        {lines[line]}
      </span>
      {lines.slice(line + 1).join("\n")}
    </>
  );
}
