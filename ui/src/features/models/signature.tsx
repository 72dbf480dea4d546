import { useQuery } from "@tanstack/react-query";
import { documentQuery } from "@/api/queries";
import type { ModelField } from "@/api/schema";
import { Code } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { EmptyState, Loaded } from "@/components/states";
import css from "./models.module.css";

/** What it takes and answers; beside that of another version, what differs. */
export function Signature({ uri, other, label }: { uri: string; other?: string | undefined; label?: string | undefined }) {
  const found = useQuery(documentQuery(uri));
  const against = useQuery({ ...documentQuery(other ?? ""), enabled: other !== undefined });
  const theirs = other === undefined ? undefined : against.data;
  return (
    <Panel title="Signature" side={found.data && <span className="muted">{found.data.flavors.join(", ")}</span>} flush>
      <Loaded query={found} what="The signature" rows={3}>
        {(one) => (
          <>
            {one.inputs.length + one.outputs.length === 0 ? (
              <EmptyState title="It was logged without a signature" />
            ) : (
              <table className={layout.table}>
                <tbody>
                  <Fields title="Inputs" fields={one.inputs} others={theirs?.inputs} label={label} />
                  <Fields title="Outputs" fields={one.outputs} others={theirs?.outputs} label={label} />
                </tbody>
              </table>
            )}
            {one.input_example !== null && one.input_example !== undefined && (
              <div style={{ padding: 12 }}>
                <p className="muted small" style={{ marginBottom: 4 }}>Input example</p>
                <Code label="Input example" text={JSON.stringify(one.input_example, null, 2)} />
              </div>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

const nameOf = (field: ModelField, at: number) => field.name ?? `#${at}`;
const typeOf = (field: ModelField) => `${field.type}${field.shape ? ` [${field.shape.map((size) => (size < 0 ? "any" : size)).join(", ")}]` : ""}`;

type FieldsProps = { title: string; fields: readonly ModelField[]; others: readonly ModelField[] | undefined; label: string | undefined };

function Fields({ title, fields, others, label }: FieldsProps) {
  const before = new Map(others?.map((field, at) => [nameOf(field, at), typeOf(field)]));
  const mine = new Set(fields.map(nameOf));
  const was = (field: ModelField, at: number) => (others === undefined || before.get(nameOf(field, at)) === typeOf(field) ? null : (before.get(nameOf(field, at)) ?? "nothing"));
  return (
    <>
      <tr>
        <th scope="colgroup" colSpan={2}>{title}</th>
      </tr>
      {fields.map((field, at) => (
        <tr key={field.name ?? at} className={was(field, at) === null ? "" : css.changed}>
          <td>{nameOf(field, at)}{field.required ? "" : <span className="muted"> optional</span>}</td>
          <td className="mono">
            {typeOf(field)}
            {was(field, at) !== null && <span className="muted"> in version {label}: {was(field, at)}</span>}
          </td>
        </tr>
      ))}
      {[...before].filter(([name]) => !mine.has(name)).map(([name, type]) => (
        <tr key={`gone ${name}`} className={css.changed}>
          <td>{name}</td>
          <td className="mono">
            nothing <span className="muted">in version {label}: {type}</span>
          </td>
        </tr>
      ))}
    </>
  );
}
