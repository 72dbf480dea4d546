import { expect, test } from "vitest";
import { adding, conditions, errorPosition, placeOf, quoted, replacing, without, written } from "./filter";

const both = "metrics.mae < 260 AND params.`a b` = 'x and y'";

test("a filter falls into its conditions, whatever stands in quotes", () => {
  expect(conditions(both).map((one) => one.text)).toEqual(["metrics.mae < 260", "params.`a b` = 'x and y'"]);
  expect(conditions("tags.x IN ('a', 'b') and status = 'FINISHED'")).toHaveLength(2);
  expect(conditions("  ")).toEqual([]);
});

test("a condition is taken away, added once, and replaced by key", () => {
  expect(without(both, 0)).toBe("params.`a b` = 'x and y'");
  expect(adding("metrics.mae < 260", "metrics.mae < 260")).toBe("metrics.mae < 260");
  expect(adding("", "status = 'FAILED'")).toBe("status = 'FAILED'");
  expect(replacing(both, "metrics.mae", ["metrics.mae >= 1"])).toBe("params.`a b` = 'x and y' AND metrics.mae >= 1");
});

test.each([
  ["", "key", ""],
  ["metr", "key", "metr"],
  ["metrics.mae ", "operator", ""],
  ["metrics.mae <", "operator", "<"],
  ["metrics.mae < ", "value", ""],
  ["metrics.mae < 2 ", "and", ""],
  ["metrics.mae < 2 AND st", "key", "st"],
  ["params.x IS NOT NULL ", "and", ""],
])("after %j comes %s", (text, expected, word) => {
  expect(placeOf(text, text.length)).toMatchObject({ expected, word });
});

test("keys and values are quoted where they must be", () => {
  expect(written("metrics", "val/acc")).toBe("metrics.`val/acc`");
  expect(written("metrics", "mae")).toBe("metrics.mae");
  expect(quoted("it's")).toBe(`"it's"`);
  expect(quoted(`it's "so"`)).toBe(`'it''s "so"'`);
});

test("the place of an error is read from the server's words", () => {
  expect(errorPosition("Invalid comparator '>>' … at position 12 near '>> 0.7'")).toBe(11);
  expect(errorPosition("Internal error")).toBeNull();
});
