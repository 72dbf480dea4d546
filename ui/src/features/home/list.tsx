import type { ReactNode } from "react";
import css from "./home.module.css";

export function List({ children, none }: { children: ReactNode[]; none: string }) {
  if (children.length === 0) return none && <p className={`${css.none} muted`}>{none}</p>;
  return <ul className={css.list}>{children}</ul>;
}
