import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { beforeAll, expect, it } from "vitest";
import { numbersOf } from "../testing/toy.js";
import { matchEffect } from "./match-effect.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const effect = ({ w }: Params): tf.Scalar => w!.slice(0, 1).abs().sum();

it("scales the other direction to the effect of the first, whatever their lengths", () => {
  const matched = matchEffect({ w: tf.tensor1d([0.5, 3]) }, { w: tf.tensor1d([-2, 0]) }, effect);
  expect(numbersOf(matched)).toEqual({ w: [2, 12] });
});

it("is zero for a direction without effect", () => {
  expect(numbersOf(matchEffect({ w: tf.tensor1d([0, 3]) }, { w: tf.tensor1d([1, 1]) }, effect))).toEqual({ w: [0, 0] });
});
