/** A pipeline's tasks with what a run made of them; without a run, the pipeline alone. */
import type { Task } from "@/api/schema";
import type { Kind, Plan } from "./ir";
import { layersOf } from "./layered";

export type Tally = Record<string, number>;

/** The rounds of a loop, of which one is looked into. */
export type Rounds = { states: readonly string[]; at: number };

/** `path` is where a node is: `group/loop@3/step`. `inside` is null for what has nothing in it. */
export type Node = {
  path: string;
  label: string;
  kind: Kind;
  state: string;
  after: readonly string[];
  plan: Plan | null;
  task: Task | null;
  inside: Node[] | null;
  tally: Tally;
  rounds: Rounds | null;
};

/** Which groups are open, by path; of a loop with the round that is shown. */
export type Open = ReadonlyMap<string, number | null>;

const order = ["FAILED", "CANCELED", "RUNNING", "WAITING", "PENDING", "SKIPPED", "CACHED", "SUCCEEDED"];

type Below = (id: string) => readonly Task[];

export function childrenOf(tasks: readonly Task[]): Below {
  const below = new Map<string, Task[]>();
  for (const task of tasks) {
    const beside = below.get(task.parent_id);
    if (beside) beside.push(task);
    else below.set(task.parent_id, [task]);
  }
  for (const beside of below.values()) beside.sort((a, b) => (a.iteration ?? -1) - (b.iteration ?? -1));
  return (id) => below.get(id) ?? [];
}

export function nodesOf(plans: readonly Plan[], tasks: readonly Task[], open: Open): Node[] {
  const below = childrenOf(tasks);
  const [root] = below("");
  return within(plans, root ?? null, "", below, open);
}

function within(plans: readonly Plan[], parent: Task | null, prefix: string, below: Below, open: Open): Node[] {
  const beside = new Map((parent ? below(parent.id) : []).map((task) => [task.name, task]));
  return inOrder(plans).map((plan) => {
    const task = beside.get(plan.name) ?? null;
    const path = `${prefix}${plan.name}`;
    const after = plan.after.map((name) => `${prefix}${name}`);
    const node = { path, label: plan.label, kind: plan.kind, state: task?.state ?? notBegun(parent), after, plan, task };
    if (plan.kind === "loop") return { ...node, ...looped(plan, task, path, below, open) };
    const grouped = plan.kind === "dag";
    const inside = grouped ? within(plan.inside, task ?? hollow(parent), `${path}/`, below, open) : null;
    return { ...node, inside, tally: grouped && task ? leaves(task, below) : {}, rounds: null };
  });
}

/** Those that wait for nothing first. */
function inOrder(plans: readonly Plan[]): Plan[] {
  const layer = layersOf(
    plans.map((plan) => ({ id: plan.name, width: 0, height: 0 })),
    plans.flatMap((plan) => plan.after.map((from) => ({ from, to: plan.name }))),
  );
  return plans.toSorted((a, b) => (layer.get(a.name) ?? 0) - (layer.get(b.name) ?? 0));
}

/** Of what a run has no task for: what it is in has not begun, or never will. */
function notBegun(parent: Task | null): string {
  if (parent === null) return "";
  return ["PENDING", "WAITING", "RUNNING"].includes(parent.state) ? "PENDING" : "SKIPPED";
}

/** What a group would be that has no task, as what it is in has not begun. */
function hollow(parent: Task | null): Task | null {
  return parent && { ...parent, id: "?" };
}

function looped(plan: Plan, task: Task | null, path: string, below: Below, open: Open): Pick<Node, "inside" | "tally" | "rounds"> {
  const rounds = task ? below(task.id) : [];
  const states = rounds.map((one) => one.state);
  const at = Math.min(open.get(path) ?? firstOfInterest(states), Math.max(0, rounds.length - 1));
  const round = rounds[at] ?? null;
  const prefix = `${path}@${at}/`;
  const inside = plan.inside.length > 0 ? within(plan.inside, round, prefix, below, open) : [stepOf(plan, round, prefix)];
  return { inside, tally: tallyOf(states), rounds: task ? { states, at } : null };
}

/** A loop over a step that is in no DAG of its own. */
function stepOf(plan: Plan, round: Task | null, prefix: string): Node {
  const path = `${prefix}${plan.name}`;
  return { path, label: plan.label, kind: "step", state: round?.state ?? "", after: [], plan, task: round, inside: null, tally: {}, rounds: null };
}

function firstOfInterest(states: readonly string[]): number {
  const at = states.indexOf("FAILED");
  return at >= 0 ? at : Math.max(0, states.indexOf("RUNNING"));
}

export function tallyOf(states: Iterable<string>): Tally {
  const found: Tally = {};
  for (const state of states) found[state] = (found[state] ?? 0) + 1;
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

/** The states of all steps below a task. */
function leaves(task: Task, below: Below): Tally {
  const states: string[] = [];
  const look = (one: Task) => {
    const inner = below(one.id);
    if (inner.length === 0 && one.kind !== "dag" && one.kind !== "loop") states.push(one.state);
    for (const next of inner) look(next);
  };
  look(task);
  return tallyOf(states);
}

/** Steps that do something: groups are no work of their own. */
export function stepsOf(tasks: readonly Task[]): Task[] {
  return tasks.filter((task) => task.kind === "step" || task.kind === "import");
}

export function isOpen(node: Node, open: Open): boolean {
  return node.inside !== null && open.has(node.path);
}

/** As rows, those of open groups below these. */
export function flat(nodes: readonly Node[], open: Open, depth = 0): Array<{ node: Node; depth: number }> {
  return nodes.flatMap((node) => [{ node, depth }, ...(isOpen(node, open) ? flat(node.inside ?? [], open, depth + 1) : [])]);
}

/** The path of the node that a task is at, opened down to it. */
export function pathTo(id: string, tasks: readonly Task[]): { path: string; open: Map<string, number | null> } | null {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const line: Task[] = [];
  for (let task = byId.get(id); task && task.parent_id !== ""; task = byId.get(task.parent_id)) line.unshift(task);
  if (line.length === 0) return null;
  const open = new Map<string, number | null>();
  let path = "";
  for (const [at, task] of line.entries()) {
    if (task.iteration !== null) {
      open.set(path, task.iteration);
      path = `${path}@${task.iteration}`;
      if (at === line.length - 1 && task.kind === "step") path = `${path}/${task.name}`;
      continue;
    }
    if (at > 0 && line[at - 1]?.iteration === null) open.set(path, null);
    path = path ? `${path}/${task.name}` : task.name;
  }
  return { path, open };
}

/** What is open before anybody has chosen: all groups of a small pipeline but its loops. */
export function usual(plans: readonly Plan[], most = 30): Map<string, number | null> {
  const open = new Map<string, number | null>();
  const look = (beside: readonly Plan[], prefix: string) => {
    for (const plan of beside) {
      if (plan.kind !== "dag") continue;
      open.set(`${prefix}${plan.name}`, null);
      look(plan.inside, `${prefix}${plan.name}/`);
    }
  };
  look(plans, "");
  const count = (beside: readonly Plan[]): number => beside.reduce((sum, one) => sum + 1 + (one.kind === "dag" ? count(one.inside) : 0), 0);
  return count(plans) <= most ? open : new Map();
}

export function openOf(text: string | undefined, otherwise: Open): Open {
  if (text === undefined) return otherwise;
  if (text === "-") return new Map();
  return new Map(text.split(",").map((one) => {
    const found = /^(.*)=(\d+)$/s.exec(one);
    return found ? [decodeURIComponent(found[1] ?? ""), Number(found[2])] : [decodeURIComponent(one), null];
  }));
}

export function openText(open: Open): string {
  const written = [...open].map(([path, at]) => encodeURIComponent(path).replaceAll("%2F", "/").replaceAll("%40", "@") + (at === null ? "" : `=${at}`));
  return written.length === 0 ? "-" : written.join(",");
}
