import { Check, Copy } from "lucide-react";
import { Fragment, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import type { InputHTMLAttributes, KeyboardEvent, ReactNode } from "react";
import { absolute, ago, number, signed, toNumber } from "@/lib/format";
import type { Value } from "@/lib/format";
import { verdict } from "@/lib/metrics";
import { Button } from "./button";
import { Link } from "./link";
import css from "./parts.module.css";
import { tell } from "./toasts";

export { css as parts };

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Modelyard` : "Modelyard";
  }, [title]);
}

type Crumb = { label: string; to: string };
type PageProps = { title: ReactNode; name: string; crumbs?: readonly Crumb[]; facts?: ReactNode; actions?: ReactNode; children: ReactNode; fill?: boolean };

export function Page({ title, name, crumbs = [], facts, actions, children, fill = false }: PageProps) {
  usePageTitle(name);
  return (
    <div className={`${css.page} ${fill ? css.fill : ""}`}>
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

type Option = { value: string; label: string };

export function Tabs({ tabs, chosen, choose, label }: { tabs: readonly Option[]; chosen: string; choose: (value: string) => void; label: string }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.value === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    choose(next.value);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.value}"]`)?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className={css.tabs} ref={list}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          data-tab={tab.value}
          aria-selected={tab.value === chosen}
          tabIndex={tab.value === chosen ? 0 : -1}
          className={css.tab}
          onClick={() => choose(tab.value)}
          onKeyDown={move}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}

export function Segments({ options, chosen, choose, label }: { options: readonly Option[]; chosen: string; choose: (value: string) => void; label: string }) {
  return (
    <div role="group" aria-label={label} className={css.segments}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === chosen} onClick={() => choose(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}

let clock = Date.now();
const tickers = new Set<() => void>();
setInterval(() => {
  clock = Date.now();
  for (const ticker of tickers) ticker();
}, 10_000);
const everyTick = (ticker: () => void) => {
  tickers.add(ticker);
  return () => tickers.delete(ticker);
};
export const useNow = () => useSyncExternalStore(everyTick, () => clock);

export function Ago({ at }: { at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute(at)}>
      {ago(at, Math.max(now, Date.now() - 10_000))}
    </time>
  );
}

export function CopyButton({ text, label = "Copy", children }: { text: string; label?: string; children?: ReactNode }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      tell("This browser does not allow copying here; select the text instead");
    }
  };
  const Icon = done ? Check : Copy;
  return (
    <Button quiet small {...(children ? {} : { label: done ? "Copied" : label })} onClick={() => void copy()}>
      <Icon size={14} aria-hidden />
      {children}
    </Button>
  );
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={css.codeBox}>
      {/* It scrolls, so it can be reached by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={css.code} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

export function Tag({ name, value }: { name?: string; value: string }) {
  return (
    <span className={css.tag} title={name ? `${name}: ${value}` : value}>
      {name && <span className="muted">{name}</span>}
      <span className="ellipsis">{value}</span>
    </span>
  );
}

export function Alias({ name, to }: { name: string; to?: string }) {
  const text = `@${name}`;
  if (!to) return <span className={`${css.tag} ${css.alias}`}>{text}</span>;
  return (
    <Link to={to} className={`${css.tag} ${css.alias}`}>
      {text}
    </Link>
  );
}

/** How far a value is from the baseline's, and whether that is better, as far as the metric's name says. */
export function Delta({ metric, value, base }: { metric: string; value: Value | undefined; base: Value | undefined }) {
  if (value === undefined || base === undefined) return null;
  const delta = toNumber(value) - toNumber(base);
  if (Number.isNaN(delta)) return null;
  const found = verdict(metric, delta);
  const arrow = delta > 0 ? "▲" : delta < 0 ? "▼" : "";
  const said = { better: "better than", worse: "worse than", same: "the same as", unknown: "against" }[found];
  return (
    <span className={`${css.delta} ${css[found]}`} title={`${signed(delta)}, ${said} the baseline's ${number(base)}`}>
      <span aria-hidden>{arrow}</span> {signed(delta)}
      <span className="visually-hidden"> {said} the baseline</span>
    </span>
  );
}

export function Field({ label, children, hint }: { label: string; children: ReactNode; hint?: string }) {
  return (
    <label className={css.field}>
      <span>{label}</span>
      {children}
      {hint && <small className="muted small">{hint}</small>}
    </label>
  );
}

export function Input({ className = "", ...rest }: InputHTMLAttributes<HTMLInputElement>) {
  return <input className={`${css.input} ${className}`} {...rest} />;
}

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

export type Snippet = { value: string; label: string; text: string };

/** What this page shows, as code that does the same. */
export function Snippets({ snippets }: { snippets: readonly Snippet[] }) {
  const [chosen, choose] = useState(snippets[0]?.value ?? "");
  const shown = snippets.find((one) => one.value === chosen) ?? snippets[0];
  if (!shown) return null;
  return (
    <div className="stack" style={{ gap: 8 }}>
      <Tabs label="Language" tabs={snippets} chosen={shown.value} choose={choose} />
      <Code text={shown.text} label={shown.label} />
    </div>
  );
}
