import { Outlet, useRouterState } from "@tanstack/react-router";
import { Search, Settings } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { MouseEvent } from "react";
import { currentStatus, onStatus } from "@/api/events";
import { Link } from "@/components/link";
import Palette from "./palette";
import { entries } from "./places";
import { useShortcuts } from "./shortcuts";
import css from "./shell.module.css";

const Keys = lazy(() => import("./keys"));

function Entry({ to, label, icon: Icon, path }: { to: string; label: string; icon: LucideIcon; path: string }) {
  const here = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`) || (to === "/pipelines" && path === "/schedules");
  return (
    <Link to={to} className={css.entry ?? ""} aria-current={here ? "page" : undefined} title={label}>
      <Icon size={16} aria-hidden />
      <span className={css.word}>{label}</span>
    </Link>
  );
}

/** As in favicon.svg: drawn here, it is no request of every page. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" width={22} height={22} aria-hidden>
      <rect width="32" height="32" rx="7" fill="#0b5fc4" />
      <path d="M7 23V10l9 8 9-8v13" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

export function Shell() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const main = useRef<HTMLElement>(null);
  const status = useSyncExternalStore(onStatus, currentStatus);
  useShortcuts(setOpen);
  useEffect(() => {
    main.current?.scrollTo({ top: 0 });
  }, [path]);
  const skip = (event: MouseEvent) => {
    event.preventDefault();
    (main.current?.querySelector<HTMLElement>("[data-grid]") ?? main.current)?.focus();
  };
  return (
    <div className={css.frame}>
      <a href="#main" className={css.skip} onClick={skip}>
        Skip to content
      </a>
      <nav className={css.rail} aria-label="Main">
        <Link to="/" className={css.brand ?? ""} title="Modelyard">
          <Mark />
          <span className={css.word}>Modelyard</span>
        </Link>
        <button type="button" className={css.search} onClick={() => setOpen("palette")} title="Search (Ctrl+K)">
          <Search size={14} aria-hidden />
          <span className={css.word}>Search</span>
          <kbd>Ctrl K</kbd>
        </button>
        {entries.map((entry) => (
          <Entry key={entry.to} to={entry.to} label={entry.label} icon={entry.icon} path={path} />
        ))}
        <div className={css.foot}>
          <Entry to="/settings" label="Settings" icon={Settings} path={path} />
        </div>
      </nav>
      <main className={css.main} id="main" ref={main} tabIndex={-1}>
        {status === "lost" && (
          <div className={css.lost} role="status">
            Connection lost: what you see may be old. Trying again…
          </div>
        )}
        <Outlet />
      </main>
      <Suspense>
        {open === "palette" && <Palette close={() => setOpen(null)} showKeys={() => setOpen("keys")} />}
        {open === "keys" && <Keys close={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}
