import { expect, test } from "vitest";
import type { ArtifactLine, PipelineRun } from "@/api/schema";
import { bestOf, curvesOf, differ, isDrawn, parameterLines, valueLines } from "./comparison";

const run = (parameters: Record<string, unknown>) => ({ parameters }) as PipelineRun;
const artifact = (type: string, metadata: Record<string, unknown>) => ({ id: "a", name: "a", type, uri: "", metadata });
const line = (...cells: ArtifactLine["cells"]): ArtifactLine => ({ place: "evaluate", output: "classes", cells });

test("parameters that differ come first, and a missing one differs", () => {
  const lines = parameterLines([run({ alpha: 1, rows: 5, list: [1, 2] }), run({ alpha: 1, rows: 6, list: [1, 2], extra: "x" })]);
  expect(lines.map((one) => [one.label, one.differs])).toEqual([
    ["extra", true],
    ["rows", true],
    ["alpha", false],
    ["list", false],
  ]);
});

test("lists are the same when what is in them is", () => {
  expect(differ([[1, { a: 2 }], [1, { a: 2 }]])).toBe(false);
  expect(differ([0, null])).toBe(true);
});

test("the best is told where the name says which way is better", () => {
  const [mae, size] = valueLines([
    { place: "train", output: "quality", key: "mae", cells: [3, 2, null] },
    { place: "train", output: "Output", key: "", cells: [3, 2, null] },
  ]);
  expect([mae?.label, size?.label]).toEqual(["train · mae", "train · Output"]);
  expect([mae && bestOf(mae), size && bestOf(size)]).toEqual([2, null]);
});

test("curves know whose they are, and files are not drawn", () => {
  const points = [0, 1].map((at) => ({ confidenceThreshold: 1 - at, falsePositiveRate: at, recall: at }));
  const drawn = line(null, artifact("system.ClassificationMetrics", { confidenceMetrics: points }));
  expect(curvesOf(drawn).map((one) => [one.at, one.points.length])).toEqual([[1, 2]]);
  expect([drawn, line(artifact("system.HTML", {})), line(artifact("system.Dataset", { rows: 2 }))].map(isDrawn)).toEqual([true, true, false]);
});
