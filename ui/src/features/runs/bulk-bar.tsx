import { useRouter } from "@tanstack/react-router";
import { Download, GitCompareArrows, Pin, RotateCcw, Tag as TagIcon, Target, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useDeleteRuns, useRestoreRuns, useTagRuns } from "@/api/changes";
import { call } from "@/api/client";
import type { Changed, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { to } from "@/components/link";
import { Dialog } from "@/components/overlay";
import { tell, tellError } from "@/components/toasts";
import { plain, spell } from "@/lib/columns";
import { csv, download } from "@/lib/csv";
import { plural } from "@/lib/format";
import { valueOf } from "@/lib/run-data";
import css from "./runs-page.module.css";
import type { View } from "./use-view";

const many = 20;
const mostRows = 100_000;

/** What can be done to the runs that are selected. */
export function BulkBar({ view, runs, done }: { view: View; runs: readonly Run[]; done: () => void }) {
  const router = useRouter();
  const remove = useDeleteRuns();
  const restore = useRestoreRuns();
  const [asking, setAsking] = useState<"tag" | "delete" | null>(null);
  const ids = runs.map((run) => run.id);
  const compare = () => void router.navigate({ href: to.compare(ids, view.search.base) });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName) && (event.target as HTMLInputElement).type !== "checkbox";
      if (event.key === "c" && !typing && !event.ctrlKey && !event.metaKey) compare();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
  const bringBack = (which: string[]) => restore.mutate(which, { onSuccess: (changed) => report(changed, "restored"), onError: tellError });
  const toTrash = () => {
    setAsking(null);
    remove.mutate(ids, {
      onSuccess: (changed) => {
        report(changed, "moved to the trash", () => bringBack(changed.done));
        done();
      },
      onError: tellError,
    });
  };
  const deleted = view.search.trash === "1";
  return (
    <div className={css.bulk} role="toolbar" aria-label="Selected runs">
      <strong>{plural(runs.length, "run")} selected</strong>
      <Button primary disabled={runs.length < 2} onClick={compare}>
        <GitCompareArrows size={14} aria-hidden /> Compare
      </Button>
      <Button disabled={runs.length !== 1} onClick={() => view.change({ base: ids[0] })}>
        <Target size={14} aria-hidden /> Baseline
      </Button>
      <Button onClick={() => view.change({ pin: ids.join(",") })}>
        <Pin size={14} aria-hidden /> Pin
      </Button>
      <Button onClick={() => setAsking("tag")}>
        <TagIcon size={14} aria-hidden /> Tag
      </Button>
      <Button onClick={() => download("runs.csv", table(view, runs))}>
        <Download size={14} aria-hidden /> CSV
      </Button>
      {deleted ? (
        <Button onClick={() => { bringBack(ids); done(); }}>
          <RotateCcw size={14} aria-hidden /> Restore
        </Button>
      ) : (
        <Button danger onClick={() => (runs.length > many ? setAsking("delete") : toTrash())}>
          <Trash2 size={14} aria-hidden /> Delete
        </Button>
      )}
      <Button quiet label="Select nothing" onClick={done}>
        <X size={14} aria-hidden />
      </Button>
      {asking === "tag" && <TagDialog ids={ids} close={() => setAsking(null)} />}
      {asking === "delete" && <DeleteDialog count={runs.length} close={() => setAsking(null)} remove={toTrash} />}
    </div>
  );
}

function report(changed: Changed, verb: string, undo?: () => void): void {
  const refused = Object.values(changed.refused);
  if (changed.done.length > 0) tell(`${plural(changed.done.length, "run")} ${verb}`, undo);
  if (refused[0]) tellError(new Error(`${plural(refused.length, "run")} refused: ${refused[0].message}`));
}

function TagDialog({ ids, close }: { ids: string[]; close: () => void }) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const tag = useTagRuns();
  const save = () =>
    tag.mutate(
      { run_ids: ids, tags: { [key.trim()]: value } },
      {
        onSuccess: (changed) => {
          report(changed, "tagged", () => tag.mutate({ run_ids: changed.done, removed: [key.trim()] }));
          close();
        },
        onError: tellError,
      },
    );
  return (
    <Dialog
      title={`Tag ${plural(ids.length, "run")}`}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button primary disabled={!key.trim() || tag.isPending} onClick={save}>
            Set the tag
          </Button>
        </>
      }
    >
      <Field label="Key">
        <Input value={key} autoFocus maxLength={250} onChange={(event) => setKey(event.target.value)} />
      </Field>
      <Field label="Value">
        <Input value={value} onChange={(event) => setValue(event.target.value)} onKeyDown={(event) => event.key === "Enter" && key.trim() && save()} />
      </Field>
    </Dialog>
  );
}

function DeleteDialog({ count, close, remove }: { count: number; close: () => void; remove: () => void }) {
  const [typed, setTyped] = useState("");
  return (
    <Dialog
      title={`Move ${plural(count, "run")} to the trash?`}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button danger disabled={typed !== String(count)} onClick={remove}>
            Delete {count} runs
          </Button>
        </>
      }
    >
      <Field label={`Type ${count} to go on`}>
        <Input value={typed} autoFocus inputMode="numeric" onChange={(event) => setTyped(event.target.value)} />
      </Field>
    </Dialog>
  );
}

function table(view: View, runs: readonly Run[]): string {
  // The last values, whatever the table shows of them.
  const columns = [...new Map(view.columns.map((one) => [spell(plain(one)), plain(one)])).entries()];
  const head = ["run_id", "name", "status", "started_at", ...columns.map(([text]) => text)];
  const rows = runs.map((run) => [run.id, run.name, run.status, new Date(run.started_at).toISOString(), ...columns.map(([, one]) => valueOf(run, one))]);
  return csv([head, ...rows]);
}

/** All runs that match, not only those that were loaded. */
export async function exportAll(view: View): Promise<void> {
  const found: Run[] = [];
  let token: string | null = null;
  do {
    const page: { items: Run[]; next_page_token?: string | null } = await call("POST /api/v1/runs/search", {
      body: { ...view.asked, filter: view.filter, limit: 1000, page_token: token },
    });
    found.push(...page.items);
    token = page.next_page_token ?? null;
  } while (token !== null && found.length < mostRows);
  download("runs.csv", table(view, found));
  tell(`${plural(found.length, "run")} exported${token === null ? "" : ", which is not all: filter for less"}`);
}
