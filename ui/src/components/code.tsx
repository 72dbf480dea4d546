import { Check, Copy } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button";
import css from "./code.module.css";
import { Tabs } from "./tabs";
import { tell } from "./toasts";

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
