import { expect, test } from "vitest";
import { binsOf } from "./bins";
import { scaleOf, stepOf } from "./scale";
import { steady } from "./steady";
import { summaryOf } from "./summary";

test("an axis of numbers ends at round ones, and a new point between them moves nothing", () => {
  const scale = scaleOf([0.13, 0.47]);
  expect(scale.ticks.map((one) => one.label)).toEqual(["0.1", "0.2", "0.3", "0.4", "0.5"]);
  expect(scale.place(0.3)).toBeCloseTo(0.5);
  expect(scaleOf([0.13, 0.47, 0.49]).ticks).toEqual(scale.ticks);
  expect(stepOf(100)).toBe(20);
});

test("params that look like numbers are numbers, others are words in their order", () => {
  expect(scaleOf(["0.1", "1", "10"]).kind).toBe("linear");
  const words = scaleOf(["b", "a", "b", undefined]);
  expect(words.words).toEqual(["a", "b"]);
  expect([words.place("a"), words.place("b"), words.place("c"), words.place(undefined)]).toEqual([0.25, 0.75, null, null]);
  expect(scaleOf(["layer 10", "layer 9"]).words).toEqual(["layer 9", "layer 10"]);
});

test("a logarithmic axis leaves out what has no logarithm", () => {
  const scale = scaleOf(["0.0001", "0.01", "0.1", "0"], { log: true });
  expect(scale.kind).toBe("log");
  expect(scale.place("0.0001")).toBeCloseTo(0);
  expect(scale.place("0.1")).toBeCloseTo(1);
  expect(scale.place("0")).toBeNull();
  expect(scaleOf([3, 4], { log: true }).ticks.map((one) => one.label)).toEqual(["2", "5"]);
  expect(scaleOf([-1, 0], { log: true }).kind).toBe("linear");
});

test("one value, none, and those that are no numbers have a place or none, but never break an axis", () => {
  expect(scaleOf([5]).place(5)).toBeCloseTo(0.5);
  expect(scaleOf([0]).place(0)).toBeCloseTo(0.5);
  expect(scaleOf([]).ticks).toEqual([]);
  expect(scaleOf([1, 2, "NaN", "Infinity"]).place("NaN")).toBeNull();
});

test("few values have a bin each, many numbers have ranges", () => {
  const few = binsOf(["10", "2", "2"]);
  expect(few.labels).toEqual(["2", "10"]);
  expect(few.indexOf("10")).toBe(1);
  const many = binsOf(Array.from({ length: 40 }, (_, at) => at));
  expect(many.labels.length).toBeLessThanOrEqual(12);
  expect(many.indexOf(0)).toBe(0);
  expect(many.indexOf(39)).toBe(many.labels.length - 1);
  expect(binsOf(Array.from({ length: 40 }, (_, at) => `w${at}`)).left).toBe(28);
});

test("numbers are summed up as a box, a single one too", () => {
  expect(summaryOf([4, 1, 2, 3])).toMatchObject({ count: 4, least: 1, low: 1.75, median: 2.5, high: 3.25, most: 4, mean: 2.5 });
  expect(summaryOf([7])).toMatchObject({ median: 7, deviation: null });
  expect(summaryOf([Number.NaN])).toBeNull();
});

test("the range of a live chart moves only when it must", () => {
  const range = steady((low, high) => [low, high]);
  expect(range(null, 0, 10)).toEqual([0, 10]);
  expect(range(null, 1, 9)).toEqual([0, 10]);
  expect(range(null, 1, 11)).toEqual([1, 11]);
  expect(range(null, 4, 6)).toEqual([4, 6]);
  expect(range(null, null, null)).toEqual([null, null]);
});
