import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTagRuns } from "@/api/changes";
import type { Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Input } from "@/components/field";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { tell, tellError } from "@/components/toasts";
import { isOwnTag, noteTag } from "@/lib/run-data";

/** Tags of people first; what clients say of themselves is folded away. */
export function TagEditor({ run }: { run: Run }) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const tag = useTagRuns();
  const tags = run.tags.filter((one) => one.key !== noteTag);
  const own = tags.filter((one) => isOwnTag(one.key));
  const theirs = tags.filter((one) => !isOwnTag(one.key));
  const put = (name: string, text: string, done?: () => void) =>
    tag.mutate({ run_ids: [run.id], tags: { [name]: text } }, { ...(done ? { onSuccess: done } : {}), onError: tellError });
  const drop = (name: string) => tag.mutate({ run_ids: [run.id], removed: [name] }, { onError: tellError });
  const add = () => {
    const name = key.trim();
    if (!name) return;
    const before = run.tags.find((one) => one.key === name);
    put(name, value, () => tell(`The tag ${name} is set`, () => (before ? put(name, before.value) : drop(name))));
    setKey("");
    setValue("");
  };
  const remove = (name: string, text: string) =>
    tag.mutate({ run_ids: [run.id], removed: [name] }, { onSuccess: () => tell(`The tag ${name} is gone`, () => put(name, text)), onError: tellError });
  return (
    <Panel title="Tags" flush>
      <table className={layout.table}>
        <tbody>
          {theirs.map((one) => (
            <tr key={one.key}>
              <th scope="row" style={{ width: "40%", whiteSpace: "normal", overflowWrap: "anywhere" }}>{one.key}</th>
              <td style={{ overflowWrap: "anywhere" }}>{one.value}</td>
              <td className="number">
                <Button quiet small label={`Remove the tag ${one.key}`} onClick={() => remove(one.key, one.value)}>
                  <X size={12} aria-hidden />
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="row" style={{ padding: "8px 12px" }}>
        <Input className="grow" placeholder="Key" aria-label="Key of a new tag" value={key} maxLength={250} onChange={(event) => setKey(event.target.value)} />
        <Input
          className="grow"
          placeholder="Value"
          aria-label="Value of a new tag"
          value={value}
          onChange={(event) => setValue(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && add()}
        />
        <Button label="Add the tag" disabled={!key.trim()} onClick={add}>
          <Plus size={14} aria-hidden />
        </Button>
      </div>
      {own.length > 0 && (
        <details style={{ padding: "0 12px 10px" }}>
          <summary className="muted small">{own.length} set by clients</summary>
          <dl className={layout.keyValues} style={{ marginTop: 8 }}>
            {own.map((one) => (
              <div key={one.key} style={{ display: "contents" }}>
                <dt className="mono">{one.key}</dt>
                <dd className="mono">{one.value.length > 300 ? `${one.value.slice(0, 300)}…` : one.value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Panel>
  );
}
