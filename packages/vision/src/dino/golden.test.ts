import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { linearOf } from "../parameter.js";
import { readFloats } from "../testing/index.js";
import { dinoHead, dinoLoss, updateEma, updateCentre, teacherMomentum, initTeacher } from "./index.js";
import { linear } from "@vpt/nn";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const fixture = (name: string): URL => new URL(`../__fixtures__/${name}`, import.meta.url);
const under = (prefix: string, tensors: Params): Params =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, t]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), t]] : [])),
  );
const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

it("ten steps of loss, gradient, centre and teacher are PyTorch's", () => {
  const golden = readFloats(fixture("dino.safetensors"));
  const { losses } = JSON.parse(readFileSync(fixture("dino.json"), "utf8")) as { losses: number[] };
  let params = under("start.", golden);
  let {
    teacher: teacherParams,
    centre: { centre },
  } = initTeacher(params);
  const names = Object.keys(under("start.", golden));
  const logits = (p: Params, pixels: tf.Tensor2D): tf.Tensor2D =>
    dinoHead(p, tf.tanh(linear(pixels, linearOf(p, "backbone"))));
  losses.forEach((expected, step) => {
    const views = tf
      .squeeze(tf.slice(golden["views"]!, [step, 0, 0, 0], [1, 5, 4, 12]), [0])
      .reshape([20, 12]) as tf.Tensor2D;
    const teacher = logits(teacherParams, views.slice([0, 0], [8, 12]));
    const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const student = logits(Object.fromEntries(names.map((n, i) => [n, tensors[i]!])), views);
      return dinoLoss(student, teacher, centre as tf.Tensor2D, { images: 4 });
    })(names.map((n) => params[n]!));
    expect(value.dataSync()[0]).toBeCloseTo(expected, 5);
    const moved = Object.fromEntries(names.map((n, i) => [n, params[n]!.sub(grads[i]!.mul(0.1))]));
    centre = updateCentre(centre as tf.Tensor2D, teacher);
    params = moved;
    teacherParams = updateEma(teacherParams, params, tf.scalar(teacherMomentum(step, { steps: 10 })));
  });
  expect(largest(centre!, golden["centre"]!)).toBeLessThan(1e-6);
  for (const name of names) {
    expect(largest(params[name]!, golden[`student.${name}`]!), name).toBeLessThan(2e-5);
    expect(largest(teacherParams[name]!, golden[`teacher.${name}`]!), name).toBeLessThan(2e-5);
  }
});
