import { useQuery } from "@tanstack/react-query";
import { MoreHorizontal, Pencil, RotateCcw, Trash2 } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useChangeExperiment, useDeleteExperiment, useRestoreExperiment } from "@/api/changes";
import { activityQuery, experimentsQuery } from "@/api/queries";
import type { Activity, BestBy, Experiment, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { FirstSteps } from "@/components/first-steps";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Dialog, Menu } from "@/components/overlay";
import { Page } from "@/components/page";
import { EmptyState, Loaded, State } from "@/components/states";
import { Tag } from "@/components/tag";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { bestBy } from "@/lib/best";
import { quoted } from "@/lib/filter";
import { grouped, number, plural } from "@/lib/format";
import { codeOf } from "./code";
import css from "./experiments.module.css";

const mostBest = 100;

function nameFilter(text: string): string {
  return text ? `name ILIKE ${quoted(`%${text}%`)}` : "";
}

/** Tags of MLflow's and of ours say nothing to people. */
function shownTags(tags: Record<string, string>): Array<[string, string]> {
  return Object.entries(tags).filter(([key]) => !key.startsWith("mlflow.") && !key.startsWith("modelyard."));
}

export function Experiments() {
  const [search, change] = useAddress();
  const trash = search.trash === "1";
  const text = useDeferredValue(search.q ?? "");
  const found = useQuery(experimentsQuery(nameFilter(text), trash ? "deleted" : "active"));
  const ids = useMemo(() => (found.data?.items ?? []).map((one) => one.id), [found.data]);
  const best = useMemo(() => bestOf(found.data?.items ?? []), [found.data]);
  const activity = useQuery({ ...activityQuery(ids, best), enabled: ids.length > 0 && !trash });
  const byId = useMemo(() => new Map(activity.data?.items.map((one) => [one.experiment_id, one])), [activity.data]);
  const rows = useMemo(() => sorted(found.data?.items ?? [], byId), [found.data, byId]);
  const none = found.data && !text && !trash && activity.data?.items.every((one) => one.runs === 0);
  return (
    <Page
      title="Experiments"
      name="Experiments"
      code={codeOf(nameFilter(text), trash, window.location.origin)}
      facts={found.data && <span>{plural(rows.length, "experiment")}{found.data.next_page_token ? " shown, and there are more: filter by name" : ""}</span>}
      actions={
        <>
          <Input
            data-filter
            type="search"
            aria-label="Filter by name"
            placeholder="Filter by name"
            value={search.q ?? ""}
            onChange={(event) => change({ q: event.target.value || undefined })}
          />
          <Button aria-pressed={trash} onClick={() => change({ trash: trash ? undefined : "1" })}>
            <Trash2 size={14} aria-hidden /> Trash
          </Button>
        </>
      }
    >
      <Loaded query={found} what="The list of experiments">
        {() =>
          rows.length === 0 ? (
            <EmptyState title={trash ? "The trash is empty" : `No experiment is called “${text}”`}>
              {!trash && <Button onClick={() => change({ q: undefined })}>Show all</Button>}
            </EmptyState>
          ) : (
            <div className={css.scroll}>
              <table className={layout.table}>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col" className="number">
                      Runs
                    </th>
                    <th scope="col">State</th>
                    <th scope="col" className={css.wide}>Best</th>
                    <th scope="col">Last run</th>
                    <th scope="col" className={css.wide}>
                      Tags
                    </th>
                    <th scope="col">
                      <span className="visually-hidden">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((one) => (
                    <Row key={one.id} one={one} activity={byId.get(one.id)} trash={trash} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      {none && <FirstSteps />}
    </Page>
  );
}

/** Those that live come first. */
function sorted(found: readonly Experiment[], activity: ReadonlyMap<string, Activity>): Experiment[] {
  const last = (one: Experiment) => activity.get(one.id)?.last_started_at ?? 0;
  return found.toSorted((a, b) => last(b) - last(a) || b.created_at - a.created_at);
}

/** The orders that tell the best run, of as many as the server takes at once. */
function bestOf(found: readonly Experiment[]): BestBy[] {
  const told = found.flatMap((one) => {
    const by = bestBy(one.tags);
    return by ? [{ experiment_id: one.id, order: by.order }] : [];
  });
  return told.slice(0, mostBest);
}

function Best({ one, run }: { one: Experiment; run: Run | null | undefined }) {
  const by = bestBy(one.tags);
  const value = run?.metrics.find((metric) => metric.key === by?.key)?.value;
  if (!run || typeof value !== "number") return null;
  return (
    <span className="row tight">
      <span className="muted">{by?.key}</span> {number(value)}
      <Link to={to.run(one.id, run.id)} className="ellipsis">
        {run.name}
      </Link>
    </span>
  );
}

function Row({ one, activity, trash }: { one: Experiment; activity: Activity | undefined; trash: boolean }) {
  return (
    <tr>
      <td className={css.name}>
        <Link to={to.experiment(one.id)}>{one.name}</Link>
      </td>
      <td className="number">{activity ? grouped(activity.runs) : ""}</td>
      <td>
        <span className="row">
          {activity && activity.running > 0 && (
            <span className="row tight">
              <State of="RUNNING" short /> {grouped(activity.running)}
            </span>
          )}
          {activity && activity.failed > 0 && (
            <span className="row tight">
              <State of="FAILED" short /> {grouped(activity.failed)}
            </span>
          )}
        </span>
      </td>
      <td className={css.wide}>
        <Best one={one} run={activity?.best} />
      </td>
      <td className="muted">{activity?.last_started_at ? <Ago at={activity.last_started_at} /> : "never"}</td>
      <td className={css.wide}>
        <span className="row">
          {shownTags(one.tags)
            .slice(0, 4)
            .map(([key, value]) => (
              <Tag key={key} name={key} value={value} />
            ))}
        </span>
      </td>
      <td className="number">
        <Actions one={one} trash={trash} />
      </td>
    </tr>
  );
}

function Actions({ one, trash }: { one: Experiment; trash: boolean }) {
  const remove = useDeleteExperiment();
  const restore = useRestoreExperiment();
  const [renaming, setRenaming] = useState(false);
  const bringBack = () => restore.mutate(one.id, { onSuccess: () => tell(`${one.name} is back`), onError: tellError });
  const toTrash = () =>
    remove.mutate(one.id, { onSuccess: () => tell(`${one.name} and its runs are in the trash`, bringBack), onError: tellError });
  return (
    <>
      <Menu
        trigger={
          <Button quiet small label={`Actions on ${one.name}`}>
            <MoreHorizontal size={16} aria-hidden />
          </Button>
        }
        actions={
          trash
            ? [{ label: "Restore", icon: <RotateCcw size={14} />, act: bringBack }]
            : [
                { label: "Rename…", icon: <Pencil size={14} />, act: () => setRenaming(true) },
                { label: "Delete", icon: <Trash2 size={14} />, act: toTrash, danger: true, disabled: one.id === "0" },
              ]
        }
      />
      {renaming && <Rename one={one} close={() => setRenaming(false)} />}
    </>
  );
}

function Rename({ one, close }: { one: Experiment; close: () => void }) {
  const [name, setName] = useState(one.name);
  const rename = useChangeExperiment();
  const save = () => rename.mutate({ id: one.id, name }, { onSuccess: close, onError: tellError });
  return (
    <Dialog
      title={`Rename ${one.name}`}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button primary disabled={!name.trim() || name === one.name || rename.isPending} onClick={save}>
            Rename
          </Button>
        </>
      }
    >
      <Field label="Name">
        <Input value={name} autoFocus onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Enter" && save()} />
      </Field>
    </Dialog>
  );
}
