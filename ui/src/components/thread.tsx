import { Fragment, lazy, Suspense, useRef, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import { Link } from "./link";
import { Skeleton } from "./states";
import css from "./thread.module.css";

const Peek = lazy(() => import("./peek"));
export type Bead = { label: string; kind: string; to?: string; current?: boolean; state?: ReactNode };
type Seen = { to: string; label: string; left: number };

/** Where a thing comes from and where it goes, one bead each; arrow keys walk along, Space looks at one without going there. */
export function Thread({ beads }: { beads: readonly Bead[] }) {
  const list = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState<Seen | null>(null);
  const look = (bead: HTMLElement) => setSeen({ to: bead.getAttribute("href") ?? "", label: bead.dataset.label ?? "", left: bead.offsetLeft });
  const press = (event: KeyboardEvent) => {
    const here = document.activeElement as HTMLElement | null;
    if (!list.current || !here?.matches("a[data-label]")) return;
    const stops = [...list.current.querySelectorAll<HTMLElement>("a[data-label]")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step === undefined ? undefined : stops[stops.indexOf(here) + step];
    if (next) {
      next.focus();
      if (seen) look(next);
    } else if (event.key === " ") {
      if (seen) setSeen(null);
      else look(here);
    } else if (event.key !== "Escape" || !seen) return;
    else setSeen(null);
    event.preventDefault();
  };
  if (beads.length < 2) return null;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <nav
      aria-label="Lineage"
      className={css.thread}
      ref={list}
      onKeyDown={press}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setSeen(null)}
    >
      {beads.map((bead, at) => (
        <Fragment key={`${bead.kind}/${bead.label}/${bead.to}`}>
          {at > 0 && <span className={css.string} aria-hidden />}
          {bead.to && !bead.current ? (
            <Link to={bead.to} className={css.bead} data-label={`${bead.kind} ${bead.label}`} title="Space: a look at it">
              <Inside bead={bead} />
            </Link>
          ) : (
            <span className={css.bead} aria-current={bead.current ? "true" : undefined}>
              <Inside bead={bead} />
            </span>
          )}
        </Fragment>
      ))}
      {seen && (
        <div className={css.peek} style={{ left: `min(${seen.left}px, max(0px, 100% - 380px))` }} role="region" aria-live="polite" aria-label={`A look at ${seen.label}`}>
          <Suspense fallback={<Skeleton rows={3} />}>
            <Peek key={seen.to} to={seen.to} />
          </Suspense>
        </div>
      )}
    </nav>
  );
}

function Inside({ bead }: { bead: Bead }) {
  return (
    <>
      <small>{bead.kind}</small>
      <span className="ellipsis">{bead.label}</span>
      {bead.state}
    </>
  );
}
