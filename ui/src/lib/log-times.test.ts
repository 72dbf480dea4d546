import { expect, test } from "vitest";
import { lineAt, stampsOf, timeOf } from "./log-times";

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
