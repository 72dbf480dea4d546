import { expect, test } from "vitest";
import { between, lineAt, stampsOf, timeOf } from "./log-times";

const noon = Date.UTC(2026, 10, 21, 12);

test.each([
  ["2026-11-21T12:00:00Z started", noon],
  ["2026-11-21 12:00:00,250+00:00 INFO x", noon + 250],
  ["[KFP Executor 2026-11-21 13:00:00.5 +0100 INFO] x", noon + 500],
  ["no time at all", null],
  ["", null],
])("%s", (line, at) => {
  expect(timeOf(line)).toBe(at);
});

test("without a zone it is the viewer's", () => {
  expect(timeOf("2026-11-21 12:00:00 x")).toBe(new Date(2026, 10, 21, 12).getTime());
});

test("a moment leads to the last line before it, and lines without a time belong to the one before", () => {
  const stamps = stampsOf("first\n2026-11-21T12:00:00Z a\nof a\n2026-11-21T12:00:10Z b");
  expect([noon - 1, noon, noon + 9_999, noon + 60_000].map((at) => lineAt(stamps, at))).toEqual([null, 1, 1, 3]);
});

test("a range leaves the lines that were written in it; without times, all of them", () => {
  const text = "first\n2026-11-21T12:00:00Z a\nof a\n2026-11-21T12:00:10Z b\n2026-11-21T12:00:20Z c\n";
  expect(between(text, [noon, noon + 10_000])).toEqual({ text: "2026-11-21T12:00:00Z a\nof a\n2026-11-21T12:00:10Z b", from: 2, until: 4, of: 5 });
  expect(between(text, [noon + 30_000, noon + 40_000])).toMatchObject({ text: "" });
  expect(between(text, [noon + 1, noon + 2])).toMatchObject({ text: "" });
  expect(between("no\ntimes", [noon, noon + 1])).toBeNull();
});
