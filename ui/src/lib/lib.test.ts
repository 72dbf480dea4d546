import { expect, test } from "vitest";
import type { Run } from "@/api/schema";
import { colorOf, colorTag, dashesOf, palette, ramp } from "./colors";
import { fields, parse, serverKey, spell } from "./columns";
import { csv, parseCsv } from "./csv";
import { byImportance, direction, verdict } from "./metrics";
import { axesOf, placeOn, within } from "./parallel";
import { exampleBody, firstRow, rowBody, talks, typedValue } from "./payload";
import { valueOf } from "./run-data";
import { extentOf, lineOf, sentence } from "./series";
import { nameOf } from "./served";
import { smooth } from "./smoothing";
import { rebalanced } from "./traffic";

const run = (id: string, metrics: Record<string, number>, params: Record<string, string> = {}): Run => ({
  id,
  experiment_id: "1",
  name: id,
  user: "",
  status: "FINISHED",
  lifecycle: "active",
  started_at: 1000,
  ended_at: 3000,
  artifact_uri: "",
  metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 0, step: 0 })),
  params: Object.entries(params).map(([key, value]) => ({ key, value })),
  tags: [],
});

test("columns are read from an address and written back", () => {
  expect(spell(parse("m.val/acc") ?? { kind: "a", key: "" })).toBe("m.val/acc");
  expect(parse("nonsense")).toBeNull();
  expect(parse("m~min.a.b")).toEqual({ kind: "m", key: "a.b", shown: "min" });
  expect(parse("p~min.a")).toBeNull();
  expect(spell({ kind: "m", key: "loss", shown: "line" })).toBe("m~line.loss");
  expect([serverKey({ kind: "m", key: "a", shown: "line" }), serverKey({ kind: "m", key: "a", shown: "max" })]).toEqual(["metrics.a", null]);
  expect(serverKey({ kind: "m", key: "val/acc" })).toBe("metrics.`val/acc`");
  expect(serverKey({ kind: "a", key: "started" })).toBe("attributes.start_time");
  expect(serverKey({ kind: "a", key: "duration" })).toBeNull();
  expect(fields([{ kind: "m", key: "a" }, { kind: "a", key: "user" }])).toEqual(["metrics.a"]);
});

test("a metric's name says which way is better, or nothing is said", () => {
  expect(["val/loss", "mae", "roc_auc", "f1_score", "temperature"].map(direction)).toEqual(["down", "down", "up", "up", null]);
  expect(verdict("loss", -0.1)).toBe("better");
  expect(verdict("accuracy", -0.1)).toBe("worse");
  expect(verdict("temperature", 5)).toBe("unknown");
  expect(["fit_seconds", "system/cpu", "mae_seconds"].toSorted(byImportance)).toEqual(["mae_seconds", "fit_seconds", "system/cpu"]);
});

test("what a bucket leaves out is never its peak", () => {
  const mark = (x: number, value: number) => ({ x, value });
  const chart = {
    run_id: "a", key: "loss", total: 1000, exact: false, points: [],
    buckets: [{ start: 0, end: 10, count: 10, first: mark(0, 1), last: mark(9, 2), min: mark(4, -7), max: mark(6, 99) }], times: [],
  };
  expect(lineOf(chart)).toEqual({ x: [0, 4, 6, 9], y: [1, -7, 99, 2] });
  expect(extentOf(chart)).toEqual({ least: -7, leastAt: 4, most: 99, mostAt: 6, last: 2 });
  expect(sentence("loss", ["a"], [lineOf(chart)])).toBe("loss rises from 1 to 2 over 4 points");
});

test("what is no number is a gap in the line", () => {
  const points = [{ x: 0, value: 1 }, { x: 1, value: "NaN" }, { x: 2, value: 3 }];
  expect(lineOf({ run_id: "", key: "", total: 3, exact: true, points, buckets: [], times: [] }).y).toEqual([1, null, 3]);
});

test("smoothing begins where the line begins and keeps gaps", () => {
  const found = smooth([4, null, 4, 4], 0.9);
  expect(found[1]).toBeNull();
  expect(found.map((one) => (one === null ? null : Math.round(one * 1000) / 1000))).toEqual([4, null, 4, 4]);
  expect(smooth([1, 2], 0)).toEqual([1, 2]);
});

test("a table that is exported can be read again, and runs nothing in a spreadsheet", () => {
  const rows = [["a", 'say "hi", you', "=cmd()", "-1.5"], ["line\nbreak", "", null, 2]];
  const text = csv(rows);
  expect(text).toContain("'=cmd()");
  expect(parseCsv(text, 10)).toEqual([["a", 'say "hi", you', "'=cmd()", "-1.5"], ["line\nbreak", "", "", "2"]]);
  expect(parseCsv("a;b\n1;2", 1, ";")).toEqual([["a", "b"]]);
});

test("a run has one colour, which is the chosen one if there is one, in the form for the theme", () => {
  const own = palette(false).map((one) => one.color);
  expect(own).toContain(colorOf({ id: "abc" }, false));
  expect(new Set(Array.from({ length: 200 }, (_, at) => colorOf({ id: `run-${at}` }, true))).size).toBe(10);
  const chosen = (value: string) => ({ id: "abc", tags: [{ key: colorTag, value }] });
  const { value, color } = palette(true)[3] ?? { value: "", color: "" };
  expect([colorOf(chosen(value), false), colorOf(chosen(value), true)]).toEqual([value, color]);
  expect(colorOf(chosen("#00FF7f"), true)).toBe("#00ff7f"); // by MLflow's page
  expect(colorOf(chosen("red; background: url(//x)"), false)).toBe(colorOf({ id: "abc" }, false));
});

test("lines of one colour have different strokes, and the first of each is whole", () => {
  expect(dashesOf(["a", "b", "a", "a"]).map((one) => one.length > 0)).toEqual([false, false, true, true]);
  expect(new Set(dashesOf(["a", "a", "a", "a"]).map(String)).size).toBe(4);
});

test("a ramp ends where it ends", () => {
  expect(ramp(0)).toBe("rgb(68 1 84)");
  expect(ramp(2)).toBe("rgb(253 231 37)");
});

test("axes are made of what differs, of numbers or of words", () => {
  const runs = [run("a", { mae: 1, same: 3 }, { model: "x", lr: "0.1" }), run("b", { mae: 3, same: 3 }, { model: "y", lr: "0.2" }), run("c", {})];
  const axes = axesOf(runs, [{ kind: "m", key: "mae" }, { kind: "m", key: "same" }, { kind: "p", key: "model" }, { kind: "p", key: "lr" }]);
  expect(axes.map((one) => [one.id, one.words])).toEqual([["m.mae", null], ["p.model", ["x", "y"]], ["p.lr", null]]);
  const places = axes.map((axis) => (runs[1] ? placeOn(axis, runs[1]) : null));
  expect(places).toEqual([1, 1, 1]);
  expect(within(axes, places, new Map([["m.mae", { low: 0, high: 0.5 }]]))).toBe(false);
  expect(within(axes, [null, 1, 1], new Map([["m.mae", { low: 0, high: 1 }]]))).toBe(false);
});

test("shares of traffic add up to 100 whatever is moved", () => {
  const targets = [{ revision: 1, weight: 60 }, { revision: 2, weight: 30 }, { revision: 3, weight: 10 }, { revision: 4, weight: 20, shadow: true }];
  for (const weight of [0, 1, 33, 99, 100]) {
    const moved = rebalanced(targets, 1, weight);
    expect(moved.filter((one) => !one.shadow).reduce((sum, one) => sum + one.weight, 0)).toBe(100);
    expect(moved[3]).toEqual(targets[3]);
  }
});

test("a form is filled from the example, and sent in the signature's types", () => {
  const columns = [
    { name: "x", type: "double", required: true, shape: null },
    { name: "n", type: "long", required: true, shape: null },
    { name: "s", type: "string", required: false, shape: null },
  ];
  const row = firstRow({ dataframe_split: { columns: ["n", "x"], data: [[3, 0.5]] } }, columns);
  expect(row).toEqual({ n: "3", x: "0.5" });
  expect(rowBody(row, columns)).toEqual({ dataframe_split: { columns: ["x", "n"], data: [[0.5, 3]] } });
  expect(typedValue("1.5", "long")).toBeUndefined();
  expect(exampleBody(null, [{ name: null, type: "float64", required: true, shape: [-1, 2] }])).toEqual({ inputs: [[0, 0]] });
});

test("runs answer for their columns", () => {
  expect(valueOf(run("a", { mae: 2 }), { kind: "m", key: "mae" })).toBe(2);
  expect(valueOf(run("a", {}), { kind: "a", key: "duration" })).toBe(2000);
  expect(nameOf("models:/taxi@champion")).toBe("taxi");
  expect(nameOf("runs:/abc/model")).toBeNull();
});

test("a model that talks is asked with a message, and with its example as it is", () => {
  const inputs = [{ name: "messages", type: "array", required: true, shape: null }];
  expect([talks(inputs), talks([{ name: "prompt", type: "string", required: true, shape: null }])]).toEqual([true, false]);
  expect(exampleBody(null, inputs)).toEqual({ messages: [{ role: "user", content: "Hello" }] });
  expect(exampleBody({ input: "x" }, [])).toEqual({ input: "x" });
});
