import { expect, test } from "vitest";
import { nextBaseline } from "./use-baseline-key";

test("b takes what is pointed at, and lets it go again; else one after the other, then none", () => {
  expect(nextBaseline(["1", "2"], undefined, "2")).toBe("2");
  expect(nextBaseline(["1", "2"], "2", "2")).toBeUndefined();
  expect([undefined, "1", "2", "gone"].map((now) => nextBaseline(["1", "2"], now, null))).toEqual(["1", "2", undefined, "1"]);
});
