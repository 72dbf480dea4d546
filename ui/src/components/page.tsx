import { Fragment, useEffect } from "react";
import type { ReactNode } from "react";
import { Link } from "./link";
import css from "./page.module.css";

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Modelyard` : "Modelyard";
  }, [title]);
}

type Crumb = { label: string; to: string };
type PageProps = { title: ReactNode; name: string; crumbs?: readonly Crumb[]; facts?: ReactNode; actions?: ReactNode; skip?: ReactNode; children: ReactNode; fill?: boolean };

export function Page({ title, name, crumbs = [], facts, actions, skip, children, fill = false }: PageProps) {
  usePageTitle(name);
  return (
    <div className={`${css.page} ${fill ? css.fill : ""}`}>
      {skip}
      <header className={css.header}>
        <div className={css.title}>
          <nav aria-label="Breadcrumb" className={css.crumbs}>
            {crumbs.map((crumb) => (
              <Fragment key={crumb.to}>
                <Link to={crumb.to}>{crumb.label}</Link>
                <span aria-hidden>/</span>
              </Fragment>
            ))}
          </nav>
          <h1>{title}</h1>
          {facts && <div className={css.facts}>{facts}</div>}
        </div>
        {actions && <div className={css.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
