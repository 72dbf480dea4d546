import { useEffect, useState } from "react";
import { call } from "@/api/client";

const most = 2_000_000;
const pause = 1000;

export type TaskLog = { text: string; cut: boolean; over: boolean; error: Error | null };
const nothing: TaskLog = { text: "", cut: false, over: false, error: null };

/** What a task of a pipeline has printed, which goes on until it ends; of very much, the end. */
export function useTaskLog(run: string, task: string): TaskLog {
  const [log, setLog] = useState(nothing);
  useEffect(() => {
    setLog(nothing);
    const leaving = new AbortController();
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const read = async (offset: number): Promise<void> => {
      try {
        const piece = await call("GET /api/v1/pipeline-runs/{id}/tasks/{task}/log", { path: { id: run, task }, query: { offset } }, leaving.signal);
        setLog((before) => {
          const all = before.text + piece.text;
          return { text: all.slice(-most), cut: before.cut || all.length > most, over: piece.over, error: null };
        });
        if (!piece.over) waiting = setTimeout(() => void read(piece.next_offset), piece.next_offset > offset ? 0 : pause);
      } catch (error) {
        if (!leaving.signal.aborted) setLog((before) => ({ ...before, error: error instanceof Error ? error : new Error(String(error)) }));
      }
    };
    void read(0);
    return () => {
      leaving.abort();
      clearTimeout(waiting);
    };
  }, [run, task]);
  return log;
}
