import { expect, test } from "vitest";
import { exampleOf, signedCurl, triggerWords } from "./triggers";

test.each([
  [{ kind: "webhook", model: "", alias: "" }, "When a signed delivery comes"],
  [{ kind: "model_version", model: "", alias: "" }, "When any model gets a version"],
  [{ kind: "alias", model: "taxi", alias: "champion" }, "When @champion of taxi is set or moved"],
  [{ kind: "alias", model: "", alias: "" }, "When an alias of any model is set or moved"],
] as const)("%o is said as %s", (trigger, words) => {
  expect(triggerWords(trigger)).toBe(words);
});

test("an example has what the mapping takes", () => {
  expect(exampleOf({ a: "data.number", b: "data.day", c: "id" })).toEqual({ data: { number: 1, day: 1 }, id: 1 });
});

test("nothing in a delivery gets out of its quotes", () => {
  const text = signedCurl("http://x/it's", { a: "it's" }, "$(rm)");
  expect(text).toContain("URL='http://x/it'\\''s'");
  expect(text).toContain("SECRET='$(rm)'");
});

test("an example has a whole beside a part of it, whatever the names are", () => {
  for (const paths of [["data", "data.day"], ["data.day", "data"]]) {
    expect(JSON.stringify(exampleOf({ a: paths[0] ?? "", b: paths[1] ?? "" }))).toBe('{"data":{"day":1}}');
  }
  expect(JSON.stringify(exampleOf({ a: "__proto__.day" }))).toBe('{"__proto__":{"day":1}}');
  expect(({} as { day?: number }).day).toBeUndefined();
});
