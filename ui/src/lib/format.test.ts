import { expect, test } from "vitest";
import { clock, ago, bytes, duration, number, plural, signed, tick, toNumber } from "./format";

test.each([
  [0.123456, "0.1235"],
  [1234, "1,234"],
  [-0.5, "−0.5000"],
  [123456.7, "123,457"],
  [1e-7, "1.000e−7"],
  [0, "0"],
  ["NaN", "NaN"],
  ["-Infinity", "−∞"],
  [undefined, "–"],
])("%j is shown as %s", (value, shown) => {
  expect(number(value)).toBe(shown);
});

test("words for what JSON has no number for are numbers again", () => {
  expect(toNumber("Infinity")).toBe(Infinity);
  expect(toNumber("NaN")).toBeNaN();
});

test("axes have no zeros at the end", () => {
  expect([0.8, 0.25, 1000, 0].map(tick)).toEqual(["0.8", "0.25", "1,000", "0"]);
});

test("differences have a sign", () => {
  expect([0.5, -0.5, 0].map(signed)).toEqual(["+0.5000", "−0.5000", "±0"]);
});

test("times, sizes and counts have units", () => {
  expect([12, 4200, 61_000, 7_260_000, 200_000_000].map(duration)).toEqual(["12 ms", "4.2 s", "1 min 1 s", "2 h 1 min", "2 d 7 h"]);
  expect([999, 1500, 12_345_678].map(bytes)).toEqual(["999 B", "1.50 kB", "12.3 MB"]);
  expect(plural(1, "run")).toBe("1 run");
  expect(plural(1200, "run")).toBe("1,200 runs");
  expect(ago(0, 3_600_000)).toContain("1");
});

test("times on an axis are as short as their distance allows", () => {
  const from = new Date(2026, 10, 21, 9, 5, 0).getTime() / 1000;
  expect(clock([from, from + 5])).toEqual(["09:05:00", "09:05:05"]);
  expect(clock([from, from + 600])).toEqual(["09:05", "09:15"]);
  expect(clock([from, from + 86_400])).toEqual(["21 Nov", "22 Nov"]);
  expect(clock([from, from + 43_200, from + 86_400])[1]).toContain("21:05");
  expect(clock([])).toEqual([]);
});
