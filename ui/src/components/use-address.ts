import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type Search = Record<string, string | undefined>;

/** What the address says behind its question mark, and how to change it: undefined takes a part away. */
export function useAddress(): [Search, (change: Search, keepInHistory?: boolean) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (wanted: Search, keepInHistory = false) => {
      void navigate({
        to: ".",
        search: ((before: Search) => ({ ...before, ...wanted })) as never,
        replace: !keepInHistory,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}
