import { Box as BoxIcon, ChevronDown, ChevronLeft, ChevronRight, Download, GitBranch, Info, Layers, Repeat } from "lucide-react";
import type { CSSProperties } from "react";
import { Button } from "@/components/button";
import { State, wordOf } from "@/components/states";
import { duration, grouped, plural } from "@/lib/format";
import type { Node, Tally } from "@/lib/pipelines/run-graph";
import css from "./node.module.css";

type Given = { node: Node; place: CSSProperties; now: number; chosen: boolean; stop: boolean; choose: (node: Node) => void };

export function lasted(node: Node, now: number): string {
  const { started_at: from, ended_at: to } = node.task ?? { started_at: null, ended_at: null };
  return from === null || node.state === "CACHED" ? "" : duration((to ?? now) - from);
}

const madeUp = /^(for-loop|condition|condition-branches|exit-handler)-\d+$/;

/** What a group is: which condition, which items. A name that the SDK has made up says less, and comes second. */
export function groupWords({ plan, kind, label }: Node): { title: string; note: string } {
  const name = plan?.name ?? "";
  const words =
    kind === "loop" ? `For each of ${plan?.over || "its items"}`
    : plan?.condition ? `If ${plan.condition}`
    : name.startsWith("condition-branches") ? "The first that holds"
    : name.startsWith("exit-handler") ? "Until its exit task"
    : "Pipeline";
  return madeUp.test(label) ? { title: words, note: label } : { title: label, note: words };
}

export function KindIcon({ node }: { node: Node }) {
  const Icon = { step: BoxIcon, import: Download, loop: Repeat, dag: node.plan?.condition ? GitBranch : Layers }[node.kind];
  return <Icon size={14} aria-hidden className={css.kind} />;
}

function notes({ task, kind, plan, state }: Node): string {
  const found = [state ? wordOf(state) : kind === "import" ? "Import" : "Step"];
  if (task && task.attempt > 0) found.push(plural(task.attempt + 1, "try", "tries"));
  else if (!task && plan && plan.retries > 0) found.push(plural(plan.retries, "retry", "retries"));
  return found.join(" · ");
}

export function Step({ node, place, now, chosen, stop, choose }: Given) {
  const time = lasted(node, now);
  return (
    <button
      type="button"
      className={css.step}
      style={place}
      data-path={node.path}
      data-state={node.state}
      aria-pressed={chosen}
      tabIndex={stop ? 0 : -1}
      title={node.label}
      onClick={() => choose(node)}
    >
      {node.state ? <State of={node.state} short /> : <KindIcon node={node} />}
      <span className={css.name}>{node.label}</span>
      <span className={css.time}>{time}</span>
      <span className={css.note}>{notes(node)}</span>
    </button>
  );
}

type GroupGiven = Given & { open: boolean; toggle: (node: Node) => void; look: (node: Node, round: number) => void };

export function Group({ node, place, now, chosen, stop, choose, open, toggle, look }: GroupGiven) {
  const Arrow = open ? ChevronDown : ChevronRight;
  const inside = node.inside?.length ?? 0;
  const { title, note } = groupWords(node);
  return (
    <div className={`${css.group} ${open ? css.opened : css.closed}`} style={place} data-state={node.state} data-chosen={chosen}>
      <div className={css.head}>
        <button type="button" className={css.toggle} data-path={node.path} aria-expanded={open} tabIndex={stop ? 0 : -1} title={`${title} (${note})`} onClick={() => toggle(node)}>
          <Arrow size={14} aria-hidden />
          {node.state ? <State of={node.state} short /> : <KindIcon node={node} />}
          <span className={css.title}>
            <span className={css.name}>{title}</span>
            {open && <span className={css.words}>{note}</span>}
          </span>
          {open && <span className={css.time}>{lasted(node, now)}</span>}
        </button>
        {node.task && (
          <Button quiet small label={`About ${node.label}`} tabIndex={-1} onClick={() => choose(node)}>
            <Info size={14} aria-hidden />
          </Button>
        )}
      </div>
      {!open && (
        <div className={css.under}>
          <span className="ellipsis">{node.rounds ? plural(node.rounds.states.length, "round") : note}</span>
          {node.task ? <Counts tally={node.tally} /> : <span>{plural(inside, "task")}</span>}
          <span className={css.time}>{lasted(node, now)}</span>
        </div>
      )}
      {open && node.rounds && <RoundPicker node={node} look={look} />}
    </div>
  );
}

/** How many are in which state, as a bar; in words for who does not see it. */
export function Counts({ tally }: { tally: Tally }) {
  const all = Object.values(tally).reduce((sum, one) => sum + one, 0);
  const text = Object.entries(tally).map(([state, count]) => `${grouped(count)} ${wordOf(state).toLowerCase()}`).join(", ");
  if (all === 0) return null;
  return (
    <span className={css.counts} role="img" aria-label={text} title={text}>
      {Object.entries(tally).map(([state, count]) => (
        <span key={state} data-state={state} style={{ flexGrow: count }} />
      ))}
    </span>
  );
}

/** Thousands of rounds are one group: this goes from one to another, and straight to those that failed. */
function RoundPicker({ node, look }: { node: Node; look: (node: Node, round: number) => void }) {
  const { states, at } = node.rounds ?? { states: [], at: 0 };
  if (states.length === 0) return <div className={css.rounds}>{node.state === "SKIPPED" ? "Skipped" : "No rounds"}</div>;
  const nextFailed = states.findIndex((state, round) => state === "FAILED" && round > at);
  const anyFailed = nextFailed >= 0 ? nextFailed : states.indexOf("FAILED");
  return (
    <div className={css.rounds}>
      <Button small quiet label="Round before" disabled={at === 0} onClick={() => look(node, at - 1)}>
        <ChevronLeft size={14} aria-hidden />
      </Button>
      <label className="row tight">
        <span>Round</span>
        <input
          type="number"
          min={1}
          max={states.length}
          value={at + 1}
          aria-label={`Round of ${node.label}, of ${states.length}`}
          onChange={(event) => {
            const round = Number(event.target.value) - 1;
            if (Number.isInteger(round) && round >= 0 && round < states.length) look(node, round);
          }}
        />
        <span>of {grouped(states.length)}</span>
      </label>
      <Button small quiet label="Next round" disabled={at >= states.length - 1} onClick={() => look(node, at + 1)}>
        <ChevronRight size={14} aria-hidden />
      </Button>
      <State of={states[at] ?? ""} />
      <span className="grow" />
      {anyFailed >= 0 && anyFailed !== at && (
        <Button small onClick={() => look(node, anyFailed)}>
          Next failed
        </Button>
      )}
      <span style={{ width: 90 }}>
        <Counts tally={node.tally} />
      </span>
    </div>
  );
}
