import { Rows3 } from "lucide-react";
import { Button } from "@/components/button";
import { Popover } from "@/components/overlay";
import { isOwnTag } from "@/lib/run-data";
import css from "./column-picker.module.css";
import type { View } from "./use-view";

const mostLevels = 3;

/** Params and tags to group by: those with few values first, for they make groups. */
export function GroupPicker({ view }: { view: View }) {
  const chosen = (view.search.group ?? "").split(",").filter(Boolean);
  const options = [
    ...view.keys.params.map((one) => ({ ...one, field: `params.${one.key}` })),
    ...view.keys.tags.filter((one) => !isOwnTag(one.key)).map((one) => ({ ...one, field: `tags.${one.key}` })),
  ].toSorted((a, b) => Number(a.values === 1) - Number(b.values === 1) || a.values - b.values);
  const toggle = (field: string) => {
    const next = chosen.includes(field) ? chosen.filter((one) => one !== field) : [...chosen, field].slice(-mostLevels);
    view.change({ group: next.join(",") || undefined }, true);
  };
  return (
    <Popover
      label="Group by"
      width={300}
      trigger={
        <Button aria-pressed={chosen.length > 0}>
          <Rows3 size={14} aria-hidden /> {chosen.length > 0 ? chosen.map((one) => one.replace(/^\w+\./, "")).join(", ") : "Group"}
        </Button>
      }
    >
      <div className={css.picker}>
        {options.length === 0 && <p className="muted">No params or tags to group by.</p>}
        <div style={{ maxHeight: 320, overflow: "auto" }}>
          {options.map((one) => (
            <label key={one.field} className={css.key}>
              <input type="checkbox" checked={chosen.includes(one.field)} onChange={() => toggle(one.field)} />
              <span className="ellipsis grow">{one.field}</span>
              <span className="muted small">{one.values} values</span>
            </label>
          ))}
        </div>
        {chosen.length > 0 && (
          <Button small onClick={() => view.change({ group: undefined }, true)}>
            No groups
          </Button>
        )}
      </div>
    </Popover>
  );
}
