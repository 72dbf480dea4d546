import { useQuery } from "@tanstack/react-query";
import { documentQuery } from "@/api/queries";
import type { ModelField } from "@/api/schema";
import { Code } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { EmptyState, Loaded } from "@/components/states";

export function Signature({ uri }: { uri: string }) {
  const found = useQuery(documentQuery(uri));
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
                  <Fields title="Inputs" fields={one.inputs} />
                  <Fields title="Outputs" fields={one.outputs} />
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

function Fields({ title, fields }: { title: string; fields: readonly ModelField[] }) {
  return (
    <>
      <tr>
        <th scope="colgroup" colSpan={2}>{title}</th>
      </tr>
      {fields.map((field, at) => (
        <tr key={field.name ?? at}>
          <td>{field.name ?? `#${at}`}{field.required ? "" : <span className="muted"> optional</span>}</td>
          <td className="mono">{field.type}{field.shape ? ` [${field.shape.map((size) => (size < 0 ? "any" : size)).join(", ")}]` : ""}</td>
        </tr>
      ))}
    </>
  );
}
