import type { ReactNode } from "react";
import { CopyButton } from "@/components/code";
import { Scroller } from "./scroller";
import css from "./task.module.css";

const short = 90;

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Names and values; long ones are cut until one asks for all. */
export function Values({ of, none }: { of: Readonly<Record<string, unknown>>; none?: string }) {
  const entries = Object.entries(of);
  if (entries.length === 0) return none ? <p className="muted small">{none}</p> : null;
  return (
    <dl className={css.values}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt className="ellipsis" title={name}>
            {name}
          </dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }): ReactNode {
  const text = textOf(value);
  if (value === null || value === undefined) return <span className="muted">none</span>;
  if (text === "") return <span className="muted">empty</span>;
  if (text.length <= short && !text.includes("\n")) return <code>{text}</code>;
  const whole = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <details className={css.long}>
      <summary>
        <code>{text.slice(0, short)}…</code>
      </summary>
      <div className="row">
        <Scroller label="Whole value" className="grow">
          {whole.slice(0, 100_000)}
        </Scroller>
        <CopyButton text={whole} />
      </div>
    </details>
  );
}
