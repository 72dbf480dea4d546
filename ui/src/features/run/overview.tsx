import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useMemo, useState } from "react";
import { useTagRuns } from "@/api/changes";
import { chartsQuery, treeQuery } from "@/api/queries";
import type { Links, Run } from "@/api/schema";
import { Button } from "@/components/button";
import { ExtentCells, ExtentHeads } from "@/components/chart/extent-cells";
import { Input, TextArea } from "@/components/field";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Markdown } from "@/components/markdown";
import { Panel } from "@/components/panel";
import { State } from "@/components/states";
import { tellError } from "@/components/toasts";
import { duration, grouped, number, plural } from "@/lib/format";
import { isSystem } from "@/lib/metrics";
import { dataOf, noteTag } from "@/lib/run-data";
import { extentOf } from "@/lib/series";
import { Made } from "./made";
import { Source } from "./source";
import { TagEditor } from "./tag-editor";

const mostAtOnce = 500;

export function Overview({ run, links }: { run: Run; links: Links | undefined }) {
  return (
    <div className={layout.columns}>
      <div className="stack">
        <Metrics run={run} />
        <Children run={run} />
        <Note run={run} />
      </div>
      <div className="stack">
        <Params run={run} />
        <Source run={run} />
        <TagEditor run={run} />
        {links && <Made links={links} />}
      </div>
    </div>
  );
}

function useSearch(keys: readonly string[]) {
  const [text, setText] = useState("");
  const found = keys.filter((key) => key.toLowerCase().includes(text.toLowerCase()));
  const box = keys.length > 8 && (
    <Input type="search" placeholder="Search" aria-label="Search" value={text} onChange={(event) => setText(event.target.value)} style={{ width: 160 }} />
  );
  return { shown: found.slice(0, mostAtOnce), box, left: found.length - Math.min(found.length, mostAtOnce) };
}

function More({ left }: { left: number }) {
  return left > 0 ? <p className="muted small" style={{ padding: 8 }}>and {grouped(left)} more: search for them</p> : null;
}

/** The last value of each metric, and the exact least and most of those in sight. */
function Metrics({ run }: { run: Run }) {
  const own = useMemo(() => run.metrics.filter((one) => !isSystem(one.key)), [run]);
  const { shown, box, left } = useSearch(own.map((one) => one.key));
  const ids = useMemo(() => [run.id], [run.id]);
  const charts = useQuery({ ...chartsQuery(ids, shown.slice(0, 100), 1, "step"), refetchInterval: run.status === "RUNNING" ? 3000 : false });
  const extents = new Map(charts.data?.items.map((one) => [one.key, { extent: extentOf(one), total: one.total }]));
  const values = dataOf(run).m;
  return (
    <Panel title={`Metrics ${own.length || ""}`} side={box} flush>
      {own.length === 0 ? (
        <p className="muted" style={{ padding: 12 }}>None were logged.</p>
      ) : (
        <table className={layout.table}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <ExtentHeads />
            </tr>
          </thead>
          <tbody>
            {shown.map((key) => {
              const found = extents.get(key);
              return (
                <tr key={key}>
                  <td style={{ overflowWrap: "anywhere" }}>{key}</td>
                  <ExtentCells last={values.get(key)} extent={found?.extent} total={found?.total} />
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <More left={left} />
    </Panel>
  );
}

function Params({ run }: { run: Run }) {
  const { shown, box, left } = useSearch(run.params.map((one) => one.key));
  const values = dataOf(run).p;
  return (
    <Panel title={`Params ${run.params.length || ""}`} side={box} flush>
      {run.params.length === 0 ? (
        <p className="muted" style={{ padding: 12 }}>None were logged.</p>
      ) : (
        <table className={layout.table}>
          <tbody>
            {shown.map((key) => (
              <tr key={key}>
                <th scope="row" style={{ overflowWrap: "anywhere", whiteSpace: "normal", width: "40%" }}>{key}</th>
                <td style={{ overflowWrap: "anywhere" }} className="mono">{values.get(key)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More left={left} />
    </Panel>
  );
}

/** The runs nested in this one, with the metrics that they have in common. */
function Children({ run }: { run: Run }) {
  const tree = useQuery(treeQuery(run.id, 1));
  const children = (tree.data?.items ?? []).filter((one) => one.depth === 1).map((one) => one.run);
  if (children.length === 0) return null;
  const counts = new Map<string, number>();
  for (const child of children) for (const metric of child.metrics) counts.set(metric.key, (counts.get(metric.key) ?? 0) + 1);
  const keys = [...counts].filter(([key]) => !isSystem(key)).toSorted((a, b) => b[1] - a[1]).slice(0, 4).map(([key]) => key);
  return (
    <Panel title={plural(children.length, "nested run")} side={<Link to={to.compare(children.slice(0, 100).map((one) => one.id))}>Compare</Link>} flush>
      <table className={layout.table}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {keys.map((key) => (
              <th key={key} scope="col" className="number">{key}</th>
            ))}
            <th scope="col" className="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {children.slice(0, mostAtOnce).map((child) => (
            <tr key={child.id}>
              <td>
                <span className="row">
                  <State of={child.status} short />
                  <Link to={to.run(child.experiment_id, child.id)}>{child.name}</Link>
                </span>
              </td>
              {keys.map((key) => (
                <td key={key} className="number">{dataOf(child).m.has(key) ? number(dataOf(child).m.get(key)) : ""}</td>
              ))}
              <td className="number muted">{child.ended_at === null ? "" : duration(child.ended_at - child.started_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <More left={children.length - Math.min(children.length, mostAtOnce)} />
    </Panel>
  );
}

function Note({ run }: { run: Run }) {
  const text = dataOf(run).t.get(noteTag) ?? "";
  const [draft, setDraft] = useState<string | null>(null);
  const tag = useTagRuns();
  const save = () => tag.mutate({ run_ids: [run.id], tags: { [noteTag]: draft ?? "" } }, { onSuccess: () => setDraft(null), onError: tellError });
  return (
    <Panel
      title="Note"
      side={
        draft === null && (
          <Button quiet small onClick={() => setDraft(text)}>
            <Pencil size={12} aria-hidden /> {text ? "Edit" : "Write"}
          </Button>
        )
      }
    >
      {draft === null ? (
        text ? <Markdown text={text} /> : <p className="muted">No note yet.</p>
      ) : (
        <div className="stack" style={{ gap: 8 }}>
          <TextArea rows={8} aria-label="Note in Markdown" autoFocus value={draft} onChange={(event) => setDraft(event.target.value)} />
          {draft && <Markdown text={draft} />}
          <div className="row">
            <Button primary disabled={tag.isPending} onClick={save}>Save</Button>
            <Button onClick={() => setDraft(null)}>Cancel</Button>
          </div>
        </div>
      )}
    </Panel>
  );
}
