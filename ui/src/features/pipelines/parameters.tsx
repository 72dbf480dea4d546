import { useId } from "react";
import { Input } from "@/components/field";
import fields from "@/components/field.module.css";
import type { FormField } from "@/lib/pipelines/parameters";
import css from "./form.module.css";

type Texts = Record<string, string>;
type Given = { fields: readonly FormField[]; texts: Texts; setTexts: (texts: Texts) => void; errors: Readonly<Texts> };

/** A field for each parameter, of the kind that its type asks for. */
export function Parameters({ fields, texts, setTexts, errors }: Given) {
  if (fields.length === 0) return <p className="muted">This pipeline has no parameters.</p>;
  return (
    <fieldset className={css.parameters}>
      <legend>Parameters</legend>
      {fields.map((field) => (
        <One key={field.name} field={field} text={texts[field.name] ?? field.initial} change={(text) => setTexts({ ...texts, [field.name]: text })} error={errors[field.name]} />
      ))}
    </fieldset>
  );
}

function One({ field, text, change, error }: { field: FormField; text: string; change: (text: string) => void; error: string | undefined }) {
  const id = useId();
  const shared = { id, value: text, "aria-invalid": error !== undefined, "aria-describedby": `${id}-hint` };
  return (
    <div className={fields.field}>
      <label htmlFor={id} className={css.label}>
        {field.name} <span className="muted small">{field.type}{field.optional ? "" : ", needed"}</span>
      </label>
      {field.input === "flag" || field.input === "choice" ? (
        <select {...shared} onChange={(event) => change(event.target.value)}>
          {text === "" && <option value="">–</option>}
          {(field.input === "flag" ? ["true", "false"] : field.choices).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      ) : field.input === "list" || field.input === "object" ? (
        <textarea {...shared} className={fields.input} rows={Math.min(10, Math.max(2, text.split("\n").length))} spellCheck={false} onChange={(event) => change(event.target.value)} />
      ) : (
        <Input {...shared} inputMode={field.input === "whole" ? "numeric" : field.input === "number" ? "decimal" : "text"} onChange={(event) => change(event.target.value)} />
      )}
      <small id={`${id}-hint`} className={error ? css.wrong : "muted small"}>
        {error ?? field.description}
      </small>
    </div>
  );
}
