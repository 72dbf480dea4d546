import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTyping } from "@/components/typing";
import { takeBack } from "@/components/undo";
import { entries } from "./places";

const places: Record<string, string> = Object.fromEntries(entries.map((one) => [one.key, one.to]));

/** Keys that work on every page; pages have more of their own. */
export function useShortcuts(open: (what: "palette" | "keys") => void): void {
  const router = useRouter();
  useEffect(() => {
    let leading = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open("palette");
        return;
      }
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z" && !isTyping(event.target)) {
        if (takeBack(router.latestLocation.pathname)) event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]')) return;
      const place = places[event.key];
      if (place && Date.now() - leading < 1200) {
        leading = 0;
        event.preventDefault();
        void router.navigate({ href: place });
      } else if (event.key === "g") leading = Date.now();
      else if (event.key === "?") open("keys");
      else if (event.key === "/") {
        const box = document.querySelector<HTMLElement>("[data-filter]");
        if (box) {
          event.preventDefault();
          box.focus();
        }
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [open, router]);
}
