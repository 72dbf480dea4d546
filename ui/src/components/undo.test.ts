import { expect, test } from "vitest";
import { remember, takeBack } from "./undo";

test("the latest is taken back first, each once, and only where it was done", () => {
  const done: string[] = [];
  remember(() => done.push("view"), "/a");
  remember(() => done.push("delete"));
  const forget = remember(() => done.push("gone"));
  forget();
  expect(takeBack("/b")).toBe(true);
  expect(takeBack("/b")).toBe(false);
  expect(takeBack("/a")).toBe(true);
  expect(takeBack("/a")).toBe(false);
  expect(done).toEqual(["delete", "view"]);
});
