import { expect, test } from "vitest";
import { ours } from "./foreign-links";

test.each([
  ["#/experiments/3", "/experiments/3"],
  ["#/experiments/3/runs/abc", "/experiments/3/runs/abc"],
  ["#/experiments/3/runs/abc/artifacts/model/MLmodel", "/experiments/3/runs/abc?tab=artifacts&path=model%2FMLmodel"],
  ["#/experiments/3/runs/abc/model-metrics", "/experiments/3/runs/abc?tab=charts"],
  ["#/experiments/3/runs/abc/system-metrics", "/experiments/3/runs/abc?tab=system"],
  ["#/experiments/3/traces", "/experiments/3"],
  ["#/experiments/3?searchFilter=metrics.a%20%3E%201&orderByKey=metrics.`a`&orderByAsc=false", "/experiments/3?q=metrics.a+%3E+1&sort=-m.a"],
  ["#/experiments/3?compareRunsMode=CHART", "/experiments/3?view=charts"],
  ['#/compare-runs?runs=["a","b"]&experiments=["3"]', "/compare?runs=a,b"],
  ["#/compare-runs?runs=broken", null],
  ["#/models", "/models"],
  ["#/models/my%20model", "/models/my%20model"],
  ["#/models/taxi/versions/4", "/models/taxi/versions/4"],
  ["#/experiments/details/3", "/experiments/3"],
  ["#/runs/details/ab-1", "/pipelines/runs/ab-1"],
  ["#/compare?runlist=ab-1,ab-2", "/pipelines/compare?runs=ab-1,ab-2"],
  ["#/runs", "/pipelines/runs"],
  ["#/pipelines", "/pipelines"],
  ["#/pipelines/details/p", "/pipelines/p"],
  ["#/pipelines/details/p/version/v", "/pipelines/p?version=v"],
  ["#/recurringrun/details/s", "/schedules?id=s"],
  ["#/recurringruns/details/s", "/schedules?id=s"],
  ["#/", "/"],
  ["#/nothing/of/theirs", null],
  ["#main", null],
])("%s leads to %s", (hash, target) => {
  expect(ours(hash)).toBe(target);
});
