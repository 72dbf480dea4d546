import { expect, test } from "vitest";
import { bestBy, by, choices, tagsOf } from "./best";

test("the tags of MLflow name a metric and which way is better", () => {
  expect(bestBy({ "mlflow.experiment.primaryMetric.name": "f1", "mlflow.experiment.primaryMetric.greaterIsBetter": "True" })).toEqual(by("f1", true));
  expect(bestBy(tagsOf(by("val/mae", false)))).toEqual({ order: "metrics.`val/mae` ASC", key: "val/mae", up: false });
  expect(bestBy({ team: "x" })).toBeNull();
});

test("a metric whose name does not tell can be chosen both ways, and what the machine did not at all", () => {
  expect(choices(["gap", "system/cpu", "mae"]).map((one) => one.order)).toEqual(["metrics.mae ASC", "metrics.gap DESC", "metrics.gap ASC"]);
});
