import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { onEvent } from "@/api/events";

/** New runs do not push away what somebody reads: far from the top, they wait until they are asked for. */
export function useFresh(experiment: string, pages: number): { count: number; show: () => void } {
  const client = useQueryClient();
  const [count, setCount] = useState(0);
  const loaded = useRef(pages);
  loaded.current = pages;
  const show = useCallback(() => {
    setCount(0);
    void client.resetQueries({ predicate: (one) => one.queryKey[0] === "runs" && one.queryKey[1] === "pages" });
  }, [client]);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      if (event.kind !== "run") return;
      const isNew = event.action === "run.created";
      if (isNew && String(event.detail.experiment) !== experiment) return;
      const grid = document.querySelector("[data-grid]");
      const atTop = !grid || grid.scrollTop < 40;
      if (isNew && (!atTop || loaded.current > 1)) {
        setCount((before) => before + 1);
        return;
      }
      if (loaded.current > 1) return;
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void client.invalidateQueries({ predicate: (one) => one.queryKey[0] === "runs" && one.queryKey[1] === "pages" });
      }, 1500);
    });
    return () => {
      stop();
      clearTimeout(waiting);
    };
  }, [client, experiment]);
  return { count, show };
}
