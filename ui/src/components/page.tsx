import { Code2 } from "lucide-react";
import { Fragment, useEffect } from "react";
import type { ReactNode } from "react";
import { Button } from "./button";
import { Snippets } from "./code";
import type { Snippet } from "./code";
import { Link } from "./link";
import css from "./page.module.css";
import { useAddress } from "./use-address";

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Modelyard` : "Modelyard";
  }, [title]);
}

type Crumb = { label: string; to: string };
type PageProps = { title: ReactNode; name: string; crumbs?: readonly Crumb[]; facts?: ReactNode; actions?: ReactNode; code?: readonly Snippet[]; skip?: ReactNode; children: ReactNode; fill?: boolean };

/** `code` is what the page shows and does as code; the address says whether it is shown. */
export function Page({ title, name, crumbs = [], facts, actions, code, skip, children, fill = false }: PageProps) {
  const [search, change] = useAddress();
  const coded = search.code === "1";
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
        {(actions || code) && (
          <div className={css.actions}>
            {actions}
            {code && (
              <Button aria-pressed={coded} onClick={() => change({ code: coded ? undefined : "1" })} title="The same as code">
                <Code2 size={14} aria-hidden /> Code
              </Button>
            )}
          </div>
        )}
      </header>
      {code && coded && <Snippets snippets={code} />}
      {children}
    </div>
  );
}
