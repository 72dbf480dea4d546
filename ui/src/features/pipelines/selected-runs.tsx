import { useRouter } from "@tanstack/react-router";
import { GitCompareArrows, X } from "lucide-react";
import { useEffect } from "react";
import { Button } from "@/components/button";
import { to } from "@/components/link";
import { useAddress } from "@/components/use-address";
import { plural } from "@/lib/format";
import css from "./pipelines.module.css";

/** So many can be compared at once, as the server says. */
const most = 20;
export type RunSelection = { ids: readonly string[]; toggle: (id: string) => void; clear: () => void };

/** The runs of pipelines that are selected, as the address says. */
export function useRunSelection(): RunSelection {
  const [search, change] = useAddress();
  const ids = (search.sel ?? "").split(",").filter(Boolean);
  const put = (next: readonly string[]) => change({ sel: next.join(",") || undefined });
  return {
    ids,
    toggle: (id) => put(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]),
    clear: () => put([]),
  };
}

export function SelectedRuns({ selection: { ids, clear } }: { selection: RunSelection }) {
  const router = useRouter();
  const fits = ids.length > 1 && ids.length <= most;
  const compare = () => void router.navigate({ href: to.pipelineComparison(ids) });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName) && (event.target as HTMLInputElement).type !== "checkbox";
      if (event.key === "c" && fits && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) compare();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
  if (ids.length === 0) return null;
  return (
    <div className={`row ${css.selected}`} role="toolbar" aria-label="Selected runs">
      <strong>{plural(ids.length, "run")} selected</strong>
      <Button primary disabled={!fits} onClick={compare}>
        <GitCompareArrows size={14} aria-hidden /> Compare
      </Button>
      {ids.length > most && <span className="muted">Up to {most} can be compared</span>}
      <Button quiet label="Select nothing" onClick={clear}>
        <X size={14} aria-hidden />
      </Button>
    </div>
  );
}
