import { useRef } from "react";
import type { KeyboardEvent } from "react";
import css from "./tabs.module.css";

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
