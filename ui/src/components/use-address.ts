import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { remember } from "./undo";

export type Search = Record<string, string | undefined>;

/** Forms and panels that are opened: Ctrl+Z does not bring them back. */
const passing = new Set(["new", "schedule", "upload", "clone", "deploy", "code", "thread"]);
/** Words that are typed and sliders that are drawn: changes of these that follow upon one another are undone together. */
const gradual = new Set(["q", "smooth", "step"]);
const together = 1000;
let last = { keys: "", page: "", at: 0 };

/** What the address says behind its question mark, and how to change it: undefined takes a part away. */
export function useAddress(): [Search, (change: Search, keepInHistory?: boolean) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const router = useRouter();
  const change = useCallback(
    (wanted: Search, keepInHistory = false) => {
      const put = (some: Search, replace: boolean) =>
        void navigate({ to: ".", search: ((before: Search) => ({ ...before, ...some })) as never, replace, resetScroll: false });
      const { pathname, search: now } = router.latestLocation;
      const before = now as Search;
      const keys = Object.keys(wanted).filter((key) => before[key] !== wanted[key] && !passing.has(key));
      const follows = keys.every((key) => gradual.has(key)) && last.keys === keys.join() && last.page === pathname && Date.now() - last.at < together;
      if (keys.length > 0) {
        last = { keys: keys.join(), page: pathname, at: Date.now() };
        if (!follows) remember(() => put(Object.fromEntries(keys.map((key) => [key, before[key]])), true), pathname);
      }
      put(wanted, !keepInHistory);
    },
    [navigate, router],
  );
  return [search, change];
}
