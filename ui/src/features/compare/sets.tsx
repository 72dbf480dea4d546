import { useQuery } from "@tanstack/react-query";
import { Bookmark, BookmarkX } from "lucide-react";
import { useState } from "react";
import { useTagRuns } from "@/api/changes";
import { experimentsQuery, keysQuery } from "@/api/queries";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Link } from "@/components/link";
import { Popover } from "@/components/overlay";
import { Panel } from "@/components/panel";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { grouped, plural } from "@/lib/format";
import css from "./compare.module.css";
import { mostInSet, setTag } from "./use-compared";

/** Keeps runs as a set with a name, by a tag on each of them, so that a short address leads to all; or lets it go. */
export function KeepSet({ ids, name }: { ids: readonly string[]; name: string | undefined }) {
  const [, change] = useAddress();
  const [typed, setTyped] = useState("");
  const tag = useTagRuns();
  const put = (called: string, then: () => void) => tag.mutate({ run_ids: [...ids], tags: { [setTag + called]: "yes" } }, { onSuccess: then, onError: tellError });
  if (name) {
    const forget = () =>
      tag.mutate(
        { run_ids: [...ids], removed: [setTag + name] },
        {
          onSuccess: () => {
            change({ set: undefined, runs: ids.join(",") });
            tell(`“${name}” is no longer kept`, () => put(name, () => change({ set: name, runs: undefined })));
          },
          onError: tellError,
        },
      );
    return (
      <Button disabled={tag.isPending} onClick={forget}>
        <BookmarkX size={14} aria-hidden /> Keep it no longer
      </Button>
    );
  }
  if (ids.length > mostInSet) return <span className="muted">Up to {grouped(mostInSet)} runs can be kept as a set</span>;
  const called = typed.trim();
  const good = /^[\w .:-]+$/.test(called);
  const save = () =>
    good &&
    put(called, () => {
      change({ set: called, runs: undefined }, true);
      tell(`${plural(ids.length, "run")} are kept as “${called}”`);
    });
  return (
    <Popover
      label="Keep as a set"
      width={300}
      align="end"
      trigger={
        <Button>
          <Bookmark size={14} aria-hidden /> Keep as a set
        </Button>
      }
    >
      <form
        className="stack"
        style={{ gap: 10, padding: 12 }}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label="Name" hint={called && !good ? "Letters, digits, spaces and . : _ -" : "Everybody with the link sees it; each run gets a tag."}>
          <Input value={typed} autoFocus maxLength={100} onChange={(event) => setTyped(event.target.value)} />
        </Field>
        <Button primary type="submit" disabled={!good || tag.isPending}>
          Keep {plural(ids.length, "run")}
        </Button>
      </form>
    </Popover>
  );
}

/** The sets that there are. */
export function KeptSets() {
  const experiments = useQuery(experimentsQuery());
  const ids = (experiments.data?.items ?? []).map((one) => one.id);
  const found = useQuery({ ...keysQuery(ids, "tags", setTag), enabled: ids.length > 0 });
  if (!found.data || found.data.items.length === 0) return null;
  return (
    <Panel title="Sets that are kept, among the newest 500 runs" flush>
      <ul className={css.sets}>
        {found.data.items.map((one) => (
          <li key={one.key} className="row">
            <Link to={`/compare?set=${encodeURIComponent(one.key.slice(setTag.length))}`}>{one.key.slice(setTag.length)}</Link>
            <span className="muted small">{plural(one.runs, "run")}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
