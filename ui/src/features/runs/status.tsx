import { Button } from "@/components/button";
import { grouped, plural } from "@/lib/format";
import { laysOut } from "./use-view";
import type { View } from "./use-view";

type Given = { view: View; total: number | undefined; loaded: number; all: number | undefined };

/** How many runs there are, and how many of them are seen. */
export function Status({ view, total, loaded, all }: Given) {
  if (total === undefined) return <span className="muted">&nbsp;</span>;
  const text = view.filter ? `${grouped(total)} match` : view.nests && all !== total ? `${grouped(total)} at the top, ${grouped(all ?? 0)} with nested ones` : plural(total, "run");
  return (
    <>
      <span className="muted" role="status">
        {text}
        {laysOut(view.mode) && loaded < total ? `, the first ${grouped(loaded)} shown` : ""}
      </span>
      {view.hasNested && !view.filter && !laysOut(view.mode) && (
        <label className="row tight">
          <input type="checkbox" checked={view.search.flat !== "1"} onChange={(event) => view.change({ flat: event.target.checked ? undefined : "1" })} />
          Nested runs below their parents
        </label>
      )}
      {view.search.base && (
        <Button small quiet onClick={() => view.change({ base: undefined })}>
          No baseline
        </Button>
      )}
    </>
  );
}
