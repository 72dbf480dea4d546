import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const root = new URL(".", import.meta.url).pathname;
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));

/** Higher ones may import lower ones: `app` composes features, features know nothing of each other. */
const layers = ["app", "features", "components", "api", "lib"];
const cap = 400;

function layerOf(name: string): string {
  return name.split("/")[0] ?? "";
}

function imports(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(@\/[^"]+)"/g)].map((found) => (found[1] ?? "").slice(2));
}

test("imports point down", () => {
  const wrong = sources.flatMap(({ name, text }) =>
    imports(text)
      .filter((target) => layers.includes(layerOf(target)) && layers.indexOf(layerOf(target)) < layers.indexOf(layerOf(name)))
      // Types of the API are known everywhere: they are generated and hold nothing.
      .filter((target) => target !== "api/schema")
      .map((target) => `${name} imports ${target}`),
  );
  expect(wrong.filter((one) => !one.startsWith("app/"))).toEqual([]);
});

test("features know nothing of each other", () => {
  const feature = (name: string) => name.split("/").slice(0, 2).join("/");
  const wrong = sources
    .filter(({ name }) => name.startsWith("features/"))
    .flatMap(({ name, text }) =>
      imports(text)
        .filter((target) => target.startsWith("features/") && feature(target) !== feature(name))
        .map((target) => `${name} imports ${target}`),
    );
  expect(wrong).toEqual([]);
});

test("nothing leaves its folder by dots", () => {
  expect(sources.filter(({ name, text }) => name !== relative(root, import.meta.filename) && /from "\.\.\//.test(text)).map((one) => one.name)).toEqual([]);
});

test("no file is longer than its cap", () => {
  const long = sources.filter(({ name, text }) => name !== "api/schema.ts" && text.split("\n").length > cap);
  expect(long.map((one) => one.name)).toEqual([]);
});

test("colours come from tokens", () => {
  const styles = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".module.css"));
  const wrong = styles.filter((name) => /:[^;]*#[0-9a-f]{3,8}\b/i.test(readFileSync(join(root, name), "utf8").replaceAll("background: #fff;", "")));
  expect(wrong).toEqual([]);
});

test("nothing makes HTML of a text, and nothing is asked of another host", () => {
  const wrong = sources.filter(({ name, text }) => !name.includes(".test.") && /dangerouslySetInnerHTML|innerHTML\s*=|fetch\("https?:/.test(text));
  expect(wrong.map((one) => one.name)).toEqual([]);
});
