import { expect, test } from "vitest";
import type { Endpoint, Model } from "@/api/schema";
import { productionOf } from "./served";

const endpoint = (...shares: Array<[string, number]>) =>
  ({
    revision: { number: 1 },
    revisions: shares.map(([version, traffic], at) => ({ number: at + 1, model_uri: `models:/taxi/${version}`, model_version: version, status: { traffic, shadow: false } })),
  }) as unknown as Endpoint;
const model = (aliases: Record<string, number> = {}) => ({ name: "taxi", aliases }) as unknown as Model;

test("in production is what answers most, else the champion", () => {
  expect(productionOf([endpoint(["1", 10], ["2", 90])], model({ champion: 1 }))).toBe(2);
  expect(productionOf([endpoint(["1", 0])], model({ champion: 3 }))).toBe(3);
  expect(productionOf([], model())).toBe(null);
});
