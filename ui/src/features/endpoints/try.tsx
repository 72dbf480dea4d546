import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { reach } from "@/api/client";
import { documentQuery } from "@/api/queries";
import type { Endpoint, ModelField } from "@/api/schema";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { Field, Input, TextArea } from "@/components/field";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { EmptyState, ErrorState } from "@/components/states";
import { Segments } from "@/components/tabs";
import { number } from "@/lib/format";
import { exampleBody, firstRow, rowBody, talks, typedValue } from "@/lib/payload";
import { told } from "@/lib/pieces";
import css from "./endpoints.module.css";

type Answer = { text: string; milliseconds: number; revision: string };
const events = "text/event-stream";
const modes = [
  { value: "form", label: "Form" },
  { value: "json", label: "JSON" },
];

/** A request made by hand: a form from the model's signature, or the body as it is. */
export function Try({ endpoint }: { endpoint: Endpoint }) {
  const model = useQuery(documentQuery(endpoint.revision.model_uri));
  const columns = useMemo(() => (model.data?.inputs ?? []).filter((one) => one.shape === null && one.name !== null), [model.data]);
  const hasForm = columns.length > 0 && !talks(columns);
  const streams = model.data?.streams === true;
  const [inPieces, setInPieces] = useState(true);
  const [mode, setMode] = useState("form");
  const [row, setRow] = useState<Record<string, string>>({});
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    if (!model.data) return;
    setRow(firstRow(model.data.input_example, columns));
    setText(JSON.stringify(exampleBody(model.data.input_example, model.data.inputs), null, 2));
  }, [model.data, columns]);
  const asForm = hasForm && mode === "form";
  const body = asForm ? JSON.stringify(rowBody(row, columns)) : text;
  const send = async () => {
    setWaiting(true);
    setAnswer(null);
    setError(null);
    const began = performance.now();
    try {
      const headers = { "content-type": "application/json", ...(streams && inPieces ? { accept: events } : {}) };
      const found = await reach(endpoint.invocations_path, { method: "POST", headers, body });
      const show = (text: string) => setAnswer({ text, milliseconds: performance.now() - began, revision: found.headers.get("x-modelyard-revision") ?? "" });
      if (found.headers.get("content-type") === events && found.body) {
        for await (const text of told(found.body)) show(text);
      } else show(pretty(await found.text()));
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
    } finally {
      setWaiting(false);
    }
  };
  if (endpoint.rollout === null) return <EmptyState title="This endpoint has several models">Ask one of them under its own name.</EmptyState>;
  return (
    <div className={layout.columns}>
      <Panel title="Request" side={hasForm && <Segments label="Form or JSON" options={modes} chosen={mode} choose={setMode} />}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          {asForm ? (
            <div className={css.form}>
              {columns.map((one) => (
                <Cell key={one.name} field={one} value={row[one.name ?? ""] ?? ""} put={(value) => setRow({ ...row, [one.name ?? ""]: value })} />
              ))}
            </div>
          ) : (
            <TextArea rows={14} aria-label="Body" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
          )}
          {model.error && <p className="muted small">The signature cannot be read: {model.error.message}</p>}
          <div className="row">
            <Button primary type="submit" disabled={waiting}>
              {waiting ? "Waiting…" : "Send"}
            </Button>
            {streams && (
              <label className="row">
                <input type="checkbox" checked={inPieces} onChange={(event) => setInPieces(event.target.checked)} />
                In pieces, as they come
              </label>
            )}
            {endpoint.status.phase !== "Ready" && <span className="muted">It is not ready: {endpoint.status.message || endpoint.status.phase}</span>}
          </div>
        </form>
      </Panel>
      <div className="stack">
        <Panel title="Answer" side={answer && <span className="muted">{number(answer.milliseconds)} ms{answer.revision && `, revision ${answer.revision}`}</span>}>
          <div aria-live="polite">
            {answer && <pre className={`${css.answer} mono`}>{answer.text}</pre>}
            {error && <ErrorState error={error} what="A prediction" />}
            {!answer && !error && <p className="muted">{waiting ? "Waiting for the model…" : "Send the request to see what the model says."}</p>}
          </div>
        </Panel>
        <Panel title="The same as a command">
          <Code label="curl" text={`curl ${streams && inPieces ? "-N " : ""}${endpoint.url}/invocations \\\n${streams && inPieces ? `  -H 'accept: ${events}' \\\n` : ""}  -H 'content-type: application/json' \\\n  -d '${body.replaceAll("'", "'\\''")}'`} />
        </Panel>
      </div>
    </div>
  );
}

function Cell({ field, value, put }: { field: ModelField; value: string; put: (value: string) => void }) {
  const name = field.name ?? "";
  if (field.type === "boolean") {
    return (
      <Field label={name} hint="boolean">
        <select value={value || "false"} onChange={(event) => put(event.target.value)}>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      </Field>
    );
  }
  const wrong = value !== "" && typedValue(value, field.type) === undefined;
  return (
    <Field label={name} hint={wrong ? `must be a ${field.type}` : field.type + (field.required ? "" : ", optional")}>
      <Input value={value} aria-invalid={wrong} inputMode={/double|float|integer|long/.test(field.type) ? "decimal" : "text"} onChange={(event) => put(event.target.value)} />
    </Field>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
