import { expect, test } from "vitest";
import { layered, layersOf } from "./layered";
import type { Edge, Item } from "./layered";

const items = (names: string): Item[] => [...names].map((id) => ({ id, width: 100, height: 40 }));
const edges = (...pairs: string[]): Edge[] => pairs.map((pair) => ({ from: pair[0] ?? "", to: pair[1] ?? "" }));

test("each is below all that it waits for, by the longest way", () => {
  const found = layersOf(items("abcd"), edges("ab", "bc", "ac", "cd", "ad"));
  expect([...found]).toEqual([["a", 0], ["b", 1], ["c", 2], ["d", 3]]);
});

test("what waits for nothing is right above the first that waits for it", () => {
  const found = layersOf(items("abcx"), edges("ab", "bc", "xc"));
  expect(found.get("x")).toBe(1);
});

test("a cycle, and an edge to what is not there, end as well", () => {
  expect(layered(items("ab"), edges("ab", "ba", "az")).places.size).toBe(2);
});

test("none lies on another", () => {
  const wide = "abcdefghij";
  const { places, width } = layered(items(`0${wide}9`), [...wide].flatMap((one) => edges(`0${one}`, `${one}9`)));
  const row = [...wide].map((one) => places.get(one)?.[0] ?? 0).toSorted((a, b) => a - b);
  for (const [at, x] of row.entries()) if (at > 0) expect(x - (row[at - 1] ?? 0)).toBeGreaterThanOrEqual(123.9);
  expect(width).toBeCloseTo(10 * 100 + 9 * 24);
  expect((places.get("0")?.[0] ?? 0) + 50).toBeCloseTo(width / 2);
  expect((places.get("9")?.[0] ?? 0) + 50).toBeCloseTo(width / 2);
});

test("edges do not cross where they need not", () => {
  const { places } = layered(items("abcxyz"), edges("az", "by", "cx"));
  const x = (id: string) => places.get(id)?.[0] ?? 0;
  expect(x("z") - x("a")).toBeCloseTo(0);
  expect(x("y") - x("b")).toBeCloseTo(0);
  expect(x("x") - x("c")).toBeCloseTo(0);
});

test("an edge over several layers goes around what is between", () => {
  const { places, routes } = layered(items("abc"), edges("ab", "bc", "ac"));
  const route = routes.find((one) => one.from === "a" && one.to === "c");
  const [left, top] = places.get("b") ?? [0, 0];
  const beside = route?.points.filter(([, y]) => y >= top && y <= top + 40) ?? [];
  expect(beside.length).toBe(2);
  for (const [x] of beside) expect(x < left || x > left + 100).toBe(true);
});

test("a chain is straight, in layers of their own height", () => {
  const given = [{ id: "a", width: 100, height: 40 }, { id: "b", width: 300, height: 200 }, { id: "c", width: 100, height: 40 }];
  const { places, width, height } = layered(given, edges("ab", "bc"));
  expect([...places]).toEqual([["a", [100, 0]], ["b", [0, 80]], ["c", [100, 320]]]);
  expect([width, height]).toEqual([300, 360]);
});

test("nothing is drawn of nothing", () => {
  expect(layered([], [])).toMatchObject({ height: 0, routes: [] });
});

test("a thousand steps in a chain with edges over it are laid out", () => {
  const names = Array.from({ length: 1000 }, (_, at) => ({ id: String(at), width: 100, height: 40 }));
  const chain = names.slice(1).map((one, at) => ({ from: String(at), to: one.id }));
  const { places } = layered(names, [...chain, { from: "0", to: "999" }]);
  expect(places.size).toBe(1000);
});
