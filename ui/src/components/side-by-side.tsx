import { Fragment } from "react";
import type { ReactElement, ReactNode } from "react";
import css from "./side-by-side.module.css";

type Head = { id: string; head: ReactNode };
/** `cells` are elements `td`, one for each head. */
export type SideRow = { key: string; label: ReactNode; title?: string; cells: readonly ReactElement[] };
export type SideGroup = { title: string; rows: readonly SideRow[] };

/** Things as columns and what is known of each as rows, in groups. */
export function SideBySide({ label, corner, heads, groups }: { label: string; corner: string; heads: readonly Head[]; groups: readonly SideGroup[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className={css.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {heads.map((one) => (
              <th key={one.id} scope="col">
                {one.head}
              </th>
            ))}
          </tr>
        </thead>
        {groups
          .filter((group) => group.rows.length > 0)
          .map((group) => (
            <tbody key={group.title}>
              <tr className={css.group}>
                <th scope="colgroup" colSpan={heads.length + 1}>
                  {group.title}
                </th>
              </tr>
              {group.rows.map((row) => (
                <tr key={row.key}>
                  <th scope="row" title={row.title}>
                    {row.label}
                  </th>
                  {row.cells.map((cell, at) => (
                    <Fragment key={heads[at]?.id}>{cell}</Fragment>
                  ))}
                </tr>
              ))}
            </tbody>
          ))}
      </table>
    </div>
  );
}
