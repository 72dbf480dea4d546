import { Search, X } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { Button } from "@/components/button";
import { conditions, errorPosition, operatorsFor, placeOf, quoted, tokens, without, written } from "@/lib/filter";
import type { Place } from "@/lib/filter";
import css from "./filter-box.module.css";
import type { View } from "./use-view";

type Option = { text: string; about: string };
type Given = { value: string; keys: View["keys"]; apply: (filter: string) => void; error: Error | null; kept: boolean };
const most = 40;
const attributes = ["run_name", "status", "start_time", "end_time", "user_id", "run_id"];

/** A filter in MLflow's language. It is sent with Enter, or when the box is left; what is wrong is underlined. */
export function FilterBox({ value, keys, apply, error, kept }: Given) {
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => setText(value), [value]);
  const place = useMemo(() => placeOf(text, caret), [text, caret]);
  const options = useMemo(() => optionsAt(place, keys), [place, keys]);
  const wrong = error && text === value ? errorPosition(error.message) : null;

  const take = (option: Option) => {
    const next = `${text.slice(0, place.start)}${option.text} ${text.slice(place.end).trimStart()}`;
    const moved = place.start + option.text.length + 1;
    setText(next);
    setAt(0);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(moved, moved);
      setCaret(moved);
    });
  };
  const press = (event: KeyboardEvent) => {
    const shown = open && options.length > 0;
    if (event.key === "Escape") {
      if (open) setOpen(false);
      else input.current?.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setAt((options.length + at + (event.key === "ArrowDown" ? 1 : -1)) % Math.max(1, options.length));
    } else if (event.key === "Tab" && shown && place.word && options[at]) {
      event.preventDefault();
      take(options[at]);
    } else if (event.key === "Enter") {
      const option = options[at];
      if (shown && at > 0 && option) take(option);
      else {
        setOpen(false);
        apply(text.trim());
      }
    }
  };
  const list = open && options.length > 0;
  return (
    <div className={css.box}>
      <div className={css.line}>
        <Search size={14} aria-hidden />
        <input
          ref={input}
          data-filter
          className={css.input}
          value={text}
          spellCheck={false}
          autoComplete="off"
          placeholder="Filter: metrics.mae < 260 AND params.model = 'linear'"
          role="combobox"
          aria-label="Filter runs"
          aria-expanded={list}
          aria-controls={`${id}-list`}
          aria-activedescendant={list ? `${id}-${at}` : undefined}
          aria-invalid={error !== null && text === value}
          aria-describedby={error ? `${id}-error` : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setCaret(event.target.selectionStart ?? 0);
            setOpen(true);
            setAt(0);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onFocus={() => setOpen(text === "")}
          onBlur={() => {
            setOpen(false);
            if (text.trim() !== value) apply(text.trim());
          }}
          onKeyDown={press}
        />
        {wrong !== null && (
          <div className={css.under} aria-hidden>
            {text.slice(0, wrong)}
            <mark>{tokens(text).find((token) => token.end > wrong)?.text ?? " "}</mark>
          </div>
        )}
        {text && (
          <span className={css.clear}>
            <Button
              quiet
              small
              label="Clear the filter"
              onClick={() => {
                setText("");
                apply("");
              }}
            >
              <X size={14} aria-hidden />
            </Button>
          </span>
        )}
      </div>
      <div id={`${id}-list`} role="listbox" aria-label="Suggestions" className={css.list} hidden={!list}>
        {list &&
          options.map((option, index) => (
            // The box itself is used by keyboard; oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={option.text}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              className={css.option}
              onMouseDown={(event) => {
                event.preventDefault();
                take(option);
              }}
            >
              <span className="ellipsis">{option.text}</span>
              <small>{option.about}</small>
            </div>
          ))}
      </div>
      {error && text === value && (
        <p className={css.message} id={`${id}-error`} role="alert">
          {error.message}. {kept && "What was there before is still shown."}
        </p>
      )}
    </div>
  );
}

/** The same conditions as buttons: whatever adds one, it can be seen and taken away here. */
export function Chips({ filter, apply }: { filter: string; apply: (filter: string) => void }) {
  const found = conditions(filter);
  if (found.length === 0) return null;
  return (
    <div className={css.chips} aria-label="Conditions" role="group">
      {found.map((one, index) => (
        <span key={`${one.start}/${one.text}`} className={css.chip}>
          <span className="ellipsis">{one.text}</span>
          <button type="button" aria-label={`Remove ${one.text}`} onClick={() => apply(without(filter, index))}>
            <X size={12} aria-hidden />
          </button>
        </span>
      ))}
    </div>
  );
}

function optionsAt(place: Place, keys: View["keys"]): Option[] {
  const word = place.word.toLowerCase().replaceAll("`", "");
  if (place.expected === "and") return [{ text: "AND", about: "and also" }];
  if (place.expected === "operator") return operatorsFor(place.key).filter((one) => one.toLowerCase().startsWith(word)).map((text) => ({ text, about: "" }));
  if (place.expected === "value") {
    if (!place.key.endsWith("status")) return [];
    return ["FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED"].map((one) => ({ text: quoted(one), about: "" }));
  }
  const all: Option[] = [
    ...keys.metrics.map((one) => ({ text: written("metrics", one.key), about: `${one.runs} runs` })),
    ...keys.params.map((one) => ({ text: written("params", one.key), about: `${one.values} values` })),
    ...attributes.map((one) => ({ text: `attributes.${one}`, about: "" })),
    ...keys.tags.map((one) => ({ text: written("tags", one.key), about: `${one.values} values` })),
  ];
  const rank = (text: string) => (text.toLowerCase().replaceAll("`", "").split(/\.(.*)/s)[1]?.startsWith(word) ? 0 : 1);
  return all
    .filter((one) => one.text.toLowerCase().replaceAll("`", "").includes(word))
    .toSorted((a, b) => rank(a.text) - rank(b.text))
    .slice(0, most);
}
