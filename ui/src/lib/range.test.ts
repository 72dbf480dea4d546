import { expect, test } from "vitest";
import { fromField, readRange, toField, writeRange } from "./range";

test("a range is read from an address and written back; what is none is no range", () => {
  expect(readRange("10..40")).toEqual([10, 40]);
  expect(readRange("-5..5")).toEqual([-5, 5]);
  for (const text of [undefined, "", "40..10", "7..7", "a..b", "1..2..3", "1.5..2"]) expect(readRange(text)).toBeNull();
  expect([writeRange([40.2, 9.8]), writeRange([3, 3]), writeRange(null), writeRange([0, Infinity])]).toEqual(["9..41", "3..4", undefined, undefined]);
});

test("an end of a range is what its field holds", () => {
  for (const axis of ["step", "time", "relative"] as const) expect(fromField(axis, toField(axis, 1_700_000_007_000))).toBe(1_700_000_007_000);
  expect(fromField("step", " ")).toBeNull();
  expect(fromField("time", "tomorrow")).toBeNull();
});
