import { expect, test } from "vitest";
import { imageAt, imagesOf, placeOf } from "./steps";

const logged = (key: string, step: number, end = "png") => `images/${key}%step%${step}%timestamp%1700000000000%4f0d-${step}.${end}`;

test("steps are read from what MLflow's client writes, and from numbers", () => {
  expect(placeOf(logged("val#masks", 20))).toEqual({ name: "val/masks", step: 20 });
  expect(placeOf("images/dog+step+3+timestamp+1+u.png")).toEqual({ name: "dog", step: 3 });
  expect(placeOf("plots/epoch_012.png")).toEqual({ name: "plots/epoch_….png", step: 12 });
  expect(placeOf("confusion.png")).toBe(null);
});

test("a name has steps in each run, and copies that are compressed are left out", () => {
  const found = imagesOf(
    new Map([
      ["a", [logged("dog", 0), logged("dog", 10), logged("dog", 0, "x%compressed.webp").replace(".x", "")]],
      ["b", [logged("dog", 5), "roc2.png"]],
    ]),
  );
  expect(found.map((one) => [one.name, one.steps])).toEqual([
    ["dog", [0, 5, 10]],
    ["roc2.png", [2]],
  ]);
  const [dog] = found;
  expect(dog && [imageAt(dog, "a", 7)?.step, imageAt(dog, "b", 7)?.step, imageAt(dog, "b", 3)]).toEqual([0, 5, null]);
});
