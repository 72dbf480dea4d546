import { expect, test } from "vitest";
import type { Task } from "@/api/schema";
import { cronWords, everyWords } from "./cron-words";
import { plansOf, programOf, readable } from "./ir";
import { accuracyOf, areaOf, confusionOf, rocOf } from "./metrics";
import { filled, fieldsOf } from "./parameters";
import { neighbour, picture } from "./picture";
import { flat, nodesOf, openOf, openText, pathTo, tallyOf, usual } from "./run-graph";
import { yaml } from "./yaml";

const step = (name: string, more: object = {}) => ({ componentRef: { name: "comp-step" }, taskInfo: { name }, ...more });
const document = {
  root: {
    dag: {
      tasks: {
        first: step("first"),
        "for-loop-1": {
          componentRef: { name: "comp-loop" },
          taskInfo: { name: "for-loop-1" },
          dependentTasks: ["first"],
          iteratorPolicy: { parallelismLimit: 2 },
          parameterIterator: { itemInput: "i", items: { inputParameter: "pipelinechannel--ys" } },
        },
        "condition-2": {
          componentRef: { name: "comp-group" },
          taskInfo: { name: "condition-2" },
          inputs: { parameters: { x: { taskOutputParameter: { producerTask: "first", outputParameterKey: "Output" } } } },
          triggerPolicy: { condition: "inputs.parameter_values['pipelinechannel--x'] == true" },
        },
      },
    },
    inputDefinitions: {
      parameters: {
        count: { parameterType: "NUMBER_INTEGER" },
        rate: { parameterType: "NUMBER_DOUBLE", defaultValue: 0.5 },
        name: { parameterType: "STRING", defaultValue: "x" },
        flag: { parameterType: "BOOLEAN", defaultValue: true },
        many: { parameterType: "LIST", isOptional: true },
        size: { parameterType: "STRING", literals: ["s", "m"], defaultValue: "s" },
      },
    },
  },
  components: {
    "comp-step": { executorLabel: "exec" },
    "comp-loop": { dag: { tasks: { inner: step("inner") } } },
    "comp-group": { dag: { tasks: { taken: step("taken"), next: step("next", { dependentTasks: ["taken"] }) } } },
  },
  deploymentSpec: { executors: { exec: { container: { image: "python", command: ["sh", "-c", "x"], args: ["\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\ndef f(a):\n  pass\n"] } } } },
};

let made = 0;
const task = (parent: string, name: string, state: string, more: Partial<Task> = {}): Task => {
  made += 1;
  const values = { parameters: {}, artifacts: {} };
  return {
    id: `${made}`, parent_id: parent, name, display_name: name, kind: "step", state, iteration: null, attempt: 0, created_at: made,
    started_at: null, ended_at: null, inputs: values, outputs: values, error: null, cached_from: "", history: [], ...more,
  };
};

function ran() {
  const root = task("", "root", "RUNNING", { kind: "dag" });
  const loop = task(root.id, "for-loop-1", "RUNNING", { kind: "loop" });
  const rounds = Array.from({ length: 3000 }, (_, at) => task(loop.id, "for-loop-1", at === 7 ? "FAILED" : "SUCCEEDED", { kind: "dag", iteration: at }));
  const inner = rounds.map((one) => task(one.id, "inner", one.state));
  const group = task(root.id, "condition-2", "SKIPPED", { kind: "dag" });
  return [root, task(root.id, "first", "SUCCEEDED"), loop, ...rounds, ...inner, group];
}

test("a plan has what waits for what, by order and by what is read", () => {
  const [first, loop, condition] = plansOf(document);
  expect([first?.kind, loop?.kind, condition?.kind]).toEqual(["step", "loop", "dag"]);
  expect([loop?.after, condition?.after]).toEqual([["first"], ["first"]]);
  expect([loop?.over, loop?.parallelism, condition?.condition]).toEqual(["ys", 2, "x == true"]);
  expect(condition?.inside.map((one) => one.after)).toEqual([[], ["taken"]]);
  expect(plansOf(null)).toEqual([]);
});

test("the source of a function is found without what the SDK has put before it", () => {
  expect(programOf(document, "comp-step")?.source).toBe("def f(a):\n  pass");
  expect(programOf(document, "comp-loop")).toBeNull();
  expect(readable("(a == b)")).toBe("a == b");
});

test("three thousand rounds are one group that is counted, with the first that failed to be looked into", () => {
  const nodes = nodesOf(plansOf(document), ran(), new Map([["for-loop-1", null]]));
  const loop = nodes.find((one) => one.kind === "loop");
  expect(loop?.tally).toEqual({ FAILED: 1, SUCCEEDED: 2999 });
  expect(loop?.rounds?.at).toBe(7);
  expect(loop?.inside?.map((one) => [one.path, one.state])).toEqual([["for-loop-1@7/inner", "FAILED"]]);
  expect(flat(nodes, new Map([["for-loop-1", null]])).map((one) => one.depth)).toEqual([0, 0, 1, 0]);
});

test("a branch that was not taken shows what would have been in it", () => {
  const nodes = nodesOf(plansOf(document), ran(), new Map());
  const condition = nodes.find((one) => one.path === "condition-2");
  expect([condition?.state, condition?.inside?.map((one) => one.state)]).toEqual(["SKIPPED", ["SKIPPED", "SKIPPED"]]);
});

test("a task within a loop is found, and all around it opened", () => {
  const tasks = ran();
  const inner = tasks.find((one) => one.name === "inner" && one.state === "FAILED");
  const found = pathTo(inner?.id ?? "", tasks);
  expect(found?.path).toBe("for-loop-1@7/inner");
  expect([...(found?.open ?? [])]).toEqual([["for-loop-1", 7]]);
  expect(pathTo("none", tasks)).toBeNull();
});

test("what is open is kept in the address", () => {
  const open = new Map([["a,b", null], ["a/loop=2@3", 17]]);
  expect([...openOf(openText(open), new Map())]).toEqual([...open]);
  expect(openText(new Map())).toBe("-");
  expect([...openOf(undefined, usual(plansOf(document))).keys()]).toEqual(["condition-2"]);
});

test("a picture has a box for each node, groups around what is in them", () => {
  const open = new Map([["condition-2", null]]);
  const { boxes, lines, width } = picture(nodesOf(plansOf(document), [], open), open);
  const box = (path: string) => boxes.find((one) => one.node.path === path);
  const group = box("condition-2");
  const within = box("condition-2/next");
  expect(boxes.length).toBe(5);
  expect(lines.length).toBe(3);
  expect(group && within && within.x > group.x && within.y > group.y && within.x + within.width < group.x + group.width).toBe(true);
  expect(Math.max(...boxes.map((one) => one.x + one.width))).toBeLessThanOrEqual(width);
  const first = box("first");
  expect(first && neighbour(boxes, first, "ArrowDown")?.y).toBeGreaterThan(first?.y ?? 0);
  expect(first && neighbour(boxes, first, "ArrowUp")).toBeNull();
});

test("a hundred steps side by side are stacked", () => {
  const tasks = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`s${at}`, step(`s${at}`, { dependentTasks: ["first"] })]));
  const { boxes, crowds, lines, width } = picture(nodesOf(plansOf({ ...document, root: { dag: { tasks: { first: step("first"), ...tasks } } } }), [], new Map()), new Map());
  expect([boxes.length, crowds.length, lines.length]).toEqual([101, 1, 1]);
  expect(width).toBeLessThan(1600);
});

test("states are counted, the worst first", () => {
  expect(Object.keys(tallyOf(["SUCCEEDED", "RUNNING", "FAILED", "SUCCEEDED"]))).toEqual(["FAILED", "RUNNING", "SUCCEEDED"]);
});

test("a form has the types and defaults of the parameters", () => {
  const fields = fieldsOf(document, { count: 3 });
  expect(fields.map((one) => [one.name, one.input, one.initial, one.optional])).toEqual([
    ["count", "whole", "3", false],
    ["rate", "number", "0.5", true],
    ["name", "text", "x", true],
    ["flag", "flag", "true", true],
    ["many", "list", "", true],
    ["size", "choice", "s", true],
  ]);
  expect(filled(fields, { rate: "1e-3", many: "[1]", name: "" })).toEqual({
    values: { count: 3, rate: 0.001, name: "", flag: true, many: [1], size: "s" },
    errors: {},
  });
  expect(filled(fieldsOf(document), { rate: "fast", many: "{}" }).errors).toEqual({
    count: "This is needed",
    rate: "This is no number",
    many: "This is no list in JSON, such as [1, 2]",
  });
});

test.each([
  ["0 30 3 * * 1-5", "On weekdays at 03:30 UTC"],
  ["0 30 3 * * MON-FRI", "On weekdays at 03:30 UTC"],
  ["0 0 12 * * *", "Every day at 12:00 UTC"],
  ["0 0 * * * *", "Every hour"],
  ["@hourly", "Every hour"],
  ["0 */15 * * * *", "Every 15 minutes"],
  ["0 0 */6 * * *", "Every 6 hours"],
  ["0 0 9 1 * *", "On day 1 of every month at 09:00 UTC"],
  ["0 0 9 * * SUN", "Every Sunday at 09:00 UTC"],
  ["0 0 9 * * 1,4", "Every Monday and Thursday at 09:00 UTC"],
  ["*/5 * * * * *", "Cron */5 * * * * *"],
  ["0 1,2 3 * 5 *", "Cron 0 1,2 3 * 5 *"],
])("%s is %s", (cron, words) => {
  expect(cronWords(cron)).toBe(words);
});

test.each([[1, "Every second"], [90, "Every 90 seconds"], [300, "Every 5 minutes"], [3600, "Every hour"], [172_800, "Every 2 days"]])("%d s", (seconds, words) => {
  expect(everyWords(seconds)).toBe(words);
});

test("metrics of kfp are read from metadata", () => {
  const confusion = confusionOf({ confusionMatrix: { annotationSpecs: [{ displayName: "a" }, { displayName: "b" }], rows: [{ row: [8, 2] }, { row: [0, 10] }] } });
  expect(confusion && accuracyOf(confusion)).toBeCloseTo(0.9);
  expect(confusionOf({ confusionMatrix: "no" })).toBeNull();
  const points = rocOf({ confidenceMetrics: [{ confidenceThreshold: 0, recall: 1, falsePositiveRate: 1 }, { confidenceThreshold: 1, recall: 0, falsePositiveRate: 0 }, { recall: "x" }] });
  expect(points.map((one) => one.fpr)).toEqual([0, 1]);
  expect(areaOf(points)).toBeCloseTo(0.5);
});

test("YAML reads well and means the same", () => {
  const text = yaml({ a: [1, { b: "x", c: [] }], "k: 1": "yes", long: "one\n  two\n", empty: {}, flag: true, odd: " x" });
  expect(text).toBe('a:\n  - 1\n  - b: x\n    c: []\n"k: 1": "yes"\nlong: |\n  one\n    two\nempty: {}\nflag: true\nodd: " x"');
});
