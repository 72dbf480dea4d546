import { Download, MoreHorizontal, Trash2 } from "lucide-react";
import { Button } from "@/components/button";
import { Menu } from "@/components/overlay";
import { tellError } from "@/components/toasts";
import { exportAll } from "./bulk-bar";
import { ColumnPicker } from "./column-picker";
import { FilterBox } from "./filter-box";
import { GroupPicker } from "./group-picker";
import css from "./runs-page.module.css";
import type { Found } from "./use-runs";
import type { View } from "./use-view";

/** What narrows, groups and widens what is seen. */
export function Tools({ view, found, apply }: { view: View; found: Found; apply: (filter: string) => void }) {
  const isTrash = view.search.trash === "1";
  return (
    <div className={css.tools}>
      <FilterBox value={view.filter} keys={view.keys} apply={apply} error={found.query.error} kept={found.rows.length > 0} />
      {view.mode === "table" && <GroupPicker view={view} />}
      <ColumnPicker view={view} />
      <Menu
        trigger={
          <Button label="More">
            <MoreHorizontal size={14} aria-hidden />
          </Button>
        }
        actions={[
          { label: "Export all as CSV", icon: <Download size={14} />, act: () => void exportAll(view).catch(tellError) },
          "rule",
          {
            label: isTrash ? "Back to the runs" : "Deleted runs",
            icon: <Trash2 size={14} />,
            act: () => view.change({ trash: isTrash ? undefined : "1" }, true),
          },
        ]}
      />
    </div>
  );
}
