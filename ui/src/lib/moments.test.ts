import { expect, test } from "vitest";
import { momentAt, momentsOf, placeAt } from "./moments";

const steps = { x: [0, 10, 20], at: [1000, 2000, 5000] };

test("a step has the moment of the last point up to it", () => {
  expect([-1, 0, 9, 10, 100].map((step) => momentAt(steps, step))).toEqual([null, 1000, 1000, 2000, 5000]);
});

test("a moment is where the series had got to, as long as it went on", () => {
  expect([999, 1000, 1999, 2000, 5000, 5001].map((at) => placeAt(steps, at))).toEqual([null, 0, 0, 10, 20, null]);
});

test("of buckets the first point of each says when; by time, places are moments", () => {
  const mark = (x: number) => ({ x, value: 1 });
  const bucket = (x: number) => ({ start: x, end: x + 5, count: 9, first: mark(x), last: mark(x + 4), min: mark(x), max: mark(x) });
  const chart = { run_id: "a", key: "loss", total: 18, exact: false, points: [], buckets: [bucket(0), bucket(5)], times: [70, 90] };
  expect(momentsOf(chart)).toEqual({ x: [0, 5], at: [70, 90] });
  expect(momentsOf({ ...chart, exact: true, buckets: [], points: [mark(7)], times: [] })).toEqual({ x: [7], at: [7] });
});
