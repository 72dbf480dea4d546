import { expect, test } from "vitest";
import { unified } from "./line-diff";

test("equal texts have no difference", () => {
  expect(unified("a\nb\n", "a\nb\n")).toBe("");
});

test("what was changed stands with three lines around it", () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
  const changed = lines.with(9, "other").join("\n");
  expect(unified(lines.join("\n"), changed).split("\n")).toEqual([
    "@@ -7 +7 @@",
    " line 7",
    " line 8",
    " line 9",
    "-line 10",
    "+other",
    " line 11",
    " line 12",
    " line 13",
  ]);
});

test("lines that moved are told once removed and once added, and far ones in hunks of their own", () => {
  const a = ["x", ...Array.from({ length: 10 }, () => "same"), "y"].join("\n");
  const b = [...Array.from({ length: 10 }, () => "same"), "y", "z"].join("\n");
  const found = unified(a, b);
  expect(found.split("\n").filter((line) => /^[-+]/.test(line))).toEqual(["-x", "+z"]);
  expect(found.match(/^@@/gm)).toHaveLength(2);
});

test("very long texts are replaced as a whole instead of taking minutes", () => {
  const many = (word: string) => Array.from({ length: 3000 }, (_, at) => `${word} ${at}`).join("\n");
  expect(unified(many("a"), many("b")).split("\n")).toHaveLength(6001);
});
