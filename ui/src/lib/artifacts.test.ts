import { expect, test } from "vitest";
import { endOfRows, parseCsv } from "./csv";
import { cellsOf, plain, shutOff } from "./notebook";
import { commitLink, diffParts } from "./source";

const bytes = (text: string) => new TextEncoder().encode(text);

test("a page of a CSV file ends behind a whole row, whatever its cells hold", () => {
  const text = 'a,b\n"x\n,""y""",ü\n5" pipe,2\nhalf';
  const rows = (most: number) => new TextDecoder().decode(bytes(text).subarray(0, endOfRows(bytes(text), most)));
  expect(rows(1)).toBe("a,b\n");
  expect(rows(2)).toBe('a,b\n"x\n,""y""",ü\n');
  expect(rows(9)).toBe('a,b\n"x\n,""y""",ü\n5" pipe,2\n');
  expect(parseCsv(rows(9), 10)).toHaveLength(3);
  expect(endOfRows(bytes("no end"), 5)).toBe(0);
});

test("notebooks show what was printed, drawn and raised", () => {
  const text = JSON.stringify({
    cells: [
      { cell_type: "markdown", source: ["# Hi"] },
      {
        cell_type: "code",
        execution_count: 3,
        source: "x",
        outputs: [
          { output_type: "stream", name: "stdout", text: ["a\n", "b"] },
          { data: { "text/html": "<table>", "text/plain": "t" } },
          { data: { "image/png": "iVBO\nRw==" } },
          { data: { "image/png": "javascript:alert(1)" } },
          { traceback: ["\u001b[0;31mBoom\u001b[0m"] },
        ],
      },
    ],
  });
  const [first, second] = cellsOf(text);
  expect(first).toMatchObject({ kind: "markdown", source: "# Hi" });
  expect(second?.count).toBe(3);
  expect(second?.outputs).toEqual([
    { kind: "text", text: "a\nb", error: false },
    { kind: "html", html: "<table>" },
    { kind: "image", url: "data:image/png;base64,iVBORw==" },
    { kind: "text", text: "Boom", error: true },
  ]);
  expect(cellsOf("null")).toEqual([]);
  expect(plain("\u001b[1;32mok\u001b[0m")).toBe("ok");
  expect(shutOff("<b>x</b>")).toContain("default-src 'none'");
});

test("commits lead to their host only where the address is a plain one", () => {
  const commit = "0123456789abcdef";
  expect(commitLink("https://github.com/a/b.git", commit)).toBe(`https://github.com/a/b/commit/${commit}`);
  expect(commitLink("git@gitlab.com:a/b.git", commit)).toBe(`https://gitlab.com/a/b/commit/${commit}`);
  expect(commitLink("javascript:alert(1)//", commit)).toBeNull();
  expect(commitLink("https://user:secret@host/x", commit)).toBeNull();
  expect(commitLink("https://github.com/a/b", "x y")).toBeNull();
});

test("a diff is told in runs of lines of one kind", () => {
  const parts = diffParts("diff --git a b\n--- a\n+++ b\n@@ -1 +1 @@\n same\n-old\n+new\n+more\n");
  expect(parts.map((one) => one.kind)).toEqual(["file", "hunk", "same", "removed", "added"]);
  expect(parts.at(-1)?.text).toBe("+new\n+more");
});
