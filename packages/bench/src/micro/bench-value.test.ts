import { expect, it } from "vitest";
import { valueRatios } from "./bench-value.js";

it("averages the cost of an update over the steps between", () => {
  const ratios = valueRatios({ baseline: 10, update: 18, between: 10, reference: 24 });
  expect(ratios).toEqual({ "r = 8": 1.1, "r = 1": 1.8, "double backprop": 3 });
  expect(valueRatios({ baseline: 10, update: 18, between: 10 })["double backprop"]).toBeUndefined();
});
