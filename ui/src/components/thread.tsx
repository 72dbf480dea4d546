import { Fragment, useRef } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import { Link } from "./link";
import css from "./thread.module.css";

export type Bead = { label: string; kind: string; to?: string; current?: boolean; state?: ReactNode };

/** Where a thing comes from and where it goes, one bead each; arrow keys walk along. */
export function Thread({ beads }: { beads: readonly Bead[] }) {
  const list = useRef<HTMLElement>(null);
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || !list.current) return;
    const stops = [...list.current.querySelectorAll<HTMLElement>("a")];
    const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  };
  if (beads.length < 2) return null;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <nav aria-label="Lineage" className={css.thread} ref={list} onKeyDown={walk}>
      {beads.map((bead, at) => (
        <Fragment key={`${bead.kind}/${bead.label}`}>
          {at > 0 && <span className={css.string} aria-hidden />}
          {bead.to && !bead.current ? (
            <Link to={bead.to} className={css.bead}>
              <small>{bead.kind}</small>
              <span className="ellipsis">{bead.label}</span>
              {bead.state}
            </Link>
          ) : (
            <span className={css.bead} aria-current={bead.current ? "true" : undefined}>
              <small>{bead.kind}</small>
              <span className="ellipsis">{bead.label}</span>
              {bead.state}
            </span>
          )}
        </Fragment>
      ))}
    </nav>
  );
}
