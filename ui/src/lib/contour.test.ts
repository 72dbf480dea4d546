import { expect, test } from "vitest";
import { above, areEnough, fieldOf } from "./contour";
import type { Sample } from "./contour";

const grid = (value: (x: number, y: number) => number): Sample[] =>
  Array.from({ length: 100 }, (_, at) => ({ x: (at % 10) / 9, y: Math.floor(at / 10) / 9, value: value((at % 10) / 9, Math.floor(at / 10) / 9) }));

test("what lies between samples is between their values", () => {
  const { columns, rows, values } = fieldOf(grid((x) => x));
  const at = (x: number, y: number) => values[Math.round(y * (rows - 1)) * columns + Math.round(x * (columns - 1))];
  expect(at(0.5, 0.3)).toBeCloseTo(0.5, 1);
  expect(values.every((one) => one !== null && one >= 0 && one <= 1)).toBe(true);
});

test("a line runs where the value is that of its level", () => {
  const { edges, outlines } = above(fieldOf(grid((x) => x)), 0.5);
  expect(edges.length).toBeGreaterThan(30);
  for (const [from, to] of edges) for (const one of [from, to]) expect(one.x).toBeCloseTo(0.5, 1);
  expect(Math.min(...outlines.flat().map((one) => one.x))).toBeCloseTo(0.5, 1);
  expect(above(fieldOf(grid(() => 0.2)), 0.5)).toEqual({ outlines: [], edges: [] });
});

test("nothing is told where no sample is near", () => {
  const left = grid(() => 1).filter((one) => one.x < 0.4);
  const { outlines } = above(fieldOf(left), 0);
  expect(outlines.length).toBeGreaterThan(0);
  expect(Math.max(...outlines.flat().map((one) => one.x))).toBeLessThan(0.75);
});

test("a few, or all in a row, are not enough", () => {
  expect(areEnough(grid(() => 1))).toBe(true);
  expect(areEnough(grid(() => 1).slice(0, 11))).toBe(false);
  expect(areEnough(grid(() => 1).filter((one) => one.y === 0))).toBe(false);
});
