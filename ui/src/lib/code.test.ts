import { expect, test } from "vitest";
import { get, post, python, shell } from "./code";

test("what a shell would take apart is quoted", () => {
  expect([shell("taxi"), shell("a b"), shell("it's $HOME")]).toEqual(["taxi", "'a b'", "'it'\\''s $HOME'"]);
});

test("values are those of Python", () => {
  expect(python({ a: [true, null, 1.5], "b c": 'say "x"' })).toBe('{"a": [True, None, 1.5], "b c": "say \\"x\\""}');
});

test("questions leave out what is not asked", () => {
  expect(get("http://h", "pipeline-runs", { name: "a b", state: undefined })).toBe("curl 'http://h/api/v1/pipeline-runs?name=a+b'");
  expect(get("http://h", "models")).toBe("curl http://h/api/v1/models");
  expect(post("http://h", "runs/search", { filter: "p = 'x'" })).toBe(`curl http://h/api/v1/runs/search -H 'content-type: application/json' -d '{"filter":"p = '\\''x'\\''"}'`);
});
