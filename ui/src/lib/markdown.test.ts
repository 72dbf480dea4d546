import { expect, test } from "vitest";
import { blocks, inlines, safeHref } from "./markdown";

test("a note becomes blocks", () => {
  const found = blocks("# Title\n\nSome *text*\nover lines\n\n- one\n- two\n\n```\ncode <b>\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |");
  expect(found.map((one) => one.kind)).toEqual(["heading", "paragraph", "list", "code", "table"]);
});

test("HTML stays text, and links lead nowhere that runs something", () => {
  expect(inlines("<script>alert(1)</script>")).toEqual([{ kind: "text", text: "<script>alert(1)</script>" }]);
  expect(inlines("[x](javascript:alert(1))").every((one) => one.kind === "text")).toBe(true);
  expect(["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//evil.example"].map(safeHref)).toEqual([null, null, null, null]);
  expect(safeHref("https://example.org")).toBe("https://example.org");
});

test("any text comes to an end", () => {
  for (const text of ["```", "|", "- ", "> ", "#", "\n\n\n", "a|b\n--", "*", "[", "1."]) expect(() => blocks(text)).not.toThrow();
});
