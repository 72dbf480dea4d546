import { useEffect, useMemo, useRef, useState } from "react";
import { readLog } from "@/api/pipelines";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/code";
import { Log } from "@/components/log";
import { ErrorState } from "@/components/states";
import { bytes } from "@/lib/format";
import { plain } from "@/lib/notebook";

const pause = 1000;
const piece = 1_000_000;
const most = 4_000_000;

type Read = { text: string; offset: number; over: boolean; error: Error | null };
const nothing: Read = { text: "", offset: 0, over: false, error: null };

/** What a task prints, as it is printed; `attempt` begins anew. */
export function TaskLog({ run, task, attempt }: { run: string; task: string; attempt: number }) {
  const [read, setRead] = useState(nothing);
  const [until, setUntil] = useState(piece);
  const [again, setAgain] = useState(0);
  const from = useRef(0);
  useEffect(() => {
    const stop = new AbortController();
    const follow = async () => {
      while (!stop.signal.aborted && from.current < until) {
        const found = await readLog(run, task, from.current, stop.signal);
        from.current = found.next_offset;
        setRead((before) => ({ text: (before.text + found.text).slice(-most), offset: found.next_offset, over: found.over, error: null }));
        if (found.over) return;
        if (found.text === "") await new Promise((wake) => setTimeout(wake, document.hidden ? 5 * pause : pause));
      }
    };
    follow().catch((error: Error) => stop.signal.aborted || setRead((before) => ({ ...before, error })));
    return () => stop.abort();
  }, [run, task, attempt, until, again]);
  const text = useMemo(() => plain(read.text), [read.text]);
  const waits = !read.over && read.offset >= until;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="row small muted">
        <span className="grow" role="status">
          {read.over ? `${bytes(read.offset)}, complete` : waits ? `The first ${bytes(read.offset)}` : "Live: new lines appear by themselves"}
        </span>
        {waits && (
          <Button small onClick={() => setUntil(read.offset + piece)}>
            Read on
          </Button>
        )}
        <CopyButton text={text} label="Copy the log" />
      </div>
      {read.error && <ErrorState error={read.error} what="The log" retry={() => setAgain(again + 1)} />}
      <Log label="Log of the task" text={text} otherwise={read.over ? "It printed nothing." : "Nothing printed so far."} />
    </div>
  );
}
