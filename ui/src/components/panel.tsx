import { useId } from "react";
import type { ReactNode } from "react";
import css from "./panel.module.css";

export function Panel({ title, side, children, flush = false }: { title: ReactNode; side?: ReactNode; children: ReactNode; flush?: boolean }) {
  const id = useId();
  return (
    <section className={css.panel} aria-labelledby={id}>
      <div className={css.panelHead}>
        <h2 id={id} className="grow">
          {title}
        </h2>
        {side}
      </div>
      <div className={`${css.panelBody} ${flush ? css.flush : ""}`}>{children}</div>
    </section>
  );
}
