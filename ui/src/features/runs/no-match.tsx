import { Button } from "@/components/button";
import { EmptyState } from "@/components/states";
import { conditions, without } from "@/lib/filter";
import type { View } from "./use-view";

/** What to leave out so that something matches. */
export function NoMatch({ view, apply }: { view: View; apply: (filter: string) => void }) {
  const found = conditions(view.filter);
  return (
    <EmptyState title={view.search.trash === "1" ? "No deleted runs" : "No run matches"}>
      {found.length > 1 && <p className="muted">Without one of the conditions:</p>}
      <div className="row wrap">
        {found.length > 1 &&
          found.map((one, at) => (
            <Button key={one.text} onClick={() => apply(without(view.filter, at))}>
              <span className="mono" style={{ textDecoration: "line-through" }}>{one.text}</span>
            </Button>
          ))}
        {view.filter && <Button onClick={() => apply("")}>Show all runs</Button>}
      </div>
    </EmptyState>
  );
}
