import { expect, it } from "vitest";
import { dinoRatios } from "./bench-dino.js";

it("weighs one update against three steps between", () => {
  expect(dinoRatios({ ours: 2, eager: 3, update: 5, between: 2 })).toEqual({ eager: 1.5, "r = 4": 1.375 });
  expect(dinoRatios({ ours: 2 })).toEqual({});
});
