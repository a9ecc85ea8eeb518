import { installSafeGradients, safeLogSoftmax } from "@vpt/autodiff/testing";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { pick, randomFromSeed, valueGradient, type Params } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { unetMaskDesigner } from "./designers/index.js";
import { applySoftMask, dinoHead, dinoLearner } from "./dino/index.js";
import { gridOf, splitTokens, lastViTBlockParameters, vitTokens } from "./model/index.js";
import { tinyBatch, tinyConfig, tinyState } from "./testing/index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const designer = unetMaskDesigner({ baseChannels: 4, depth: 2, keepRatioWeight: 0, smoothnessWeight: 0 });
const learner = dinoLearner(tinyConfig);
const batch = tinyBatch(3);
const subset = lastViTBlockParameters(tinyConfig, 2);

const normalLike = (params: Params, name: string): Params => {
  const random = randomFromSeed(1, name);
  return Object.fromEntries(
    Object.entries(params).map(([key, { shape, size }]) => [
      key,
      tf.tensor(
        Float32Array.from({ length: size }, () => random.normal()),
        shape,
      ),
    ]),
  );
};
const relative = (a: tf.Tensor, b: tf.Tensor): number => tf.div(tf.norm(tf.sub(a, b)), tf.norm(b)).dataSync()[0]!;
const flat = (params: Params): tf.Tensor =>
  tf.concat(
    Object.keys(params)
      .sort()
      .map((name) => tf.reshape(params[name]!, [-1])),
  );

it("the mask's gradient by jvp, by central differences and by exact double backprop agree to 1e-2", () => {
  const designerParams = designer.init(2);
  const { params, auxiliary } = tinyState(designerParams);
  const direction = normalLike(pick(params, subset), "direction");
  const inputs = { learner, designer, params, auxiliary, designerParams, batch, direction };
  const forward = valueGradient(inputs, { derivative: "forward-mode" });
  const central = valueGradient(inputs, { derivative: "central-difference", relativeStep: 3e-3 });

  // V(μ) = ⟨g, ∇_θ L⟩ written out with gradients that may be nested, and differentiated once more.
  const uninstall = installSafeGradients();
  const mask = designer.design(designerParams, batch, batch)["mask_NHW1"] as tf.Tensor4D;
  const logits = (p: Params, crops: tf.Tensor4D): tf.Tensor2D =>
    dinoHead(p, splitTokens(tinyConfig, vitTokens(tinyConfig, p, crops), gridOf(tinyConfig, crops)).cls_BD);
  const teacher = logits(auxiliary["teacher"]!, applySoftMask(batch.globals_NHWC, mask));
  const target = tf.softmax(tf.div(tf.sub(teacher, auxiliary["centre"]!["centre"]!), 0.04)).reshape([2, 2, 24]);
  const valueOf = (mu: tf.Tensor): tf.Scalar => {
    const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
      const moved = { ...params, ...Object.fromEntries(subset.map((name, i) => [name, tensors[i]!])) };
      const views = [
        logits(moved, applySoftMask(batch.globals_NHWC, mu as tf.Tensor4D)),
        logits(moved, batch.locals_NHWC!),
      ];
      const logProbs = safeLogSoftmax(tf.div(tf.concat(views, 0), 0.1)).reshape([4, 2, 24]);
      const pairs = [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 0],
        [1, 2],
        [1, 3],
      ] as const;
      const terms = pairs.map(([t, s]) =>
        tf.sum(tf.mul(tf.slice(target, [t, 0, 0], [1, 2, 24]), tf.slice(logProbs, [s, 0, 0], [1, 2, 24]))),
      );
      return tf.div(tf.addN(terms), -pairs.length * 2) as tf.Scalar;
    };
    const gradients = tf.grads(loss)(subset.map((name) => params[name]!));
    return tf.addN(gradients.map((g, i) => tf.sum(tf.mul(g, direction[subset[i]!]!)))) as tf.Scalar;
  };
  const exact = tf.valueAndGrad(valueOf)(mask);
  uninstall();

  const cotangent = forward.cotangent["mask_NHW1"]!;
  expect(forward.value.dataSync()[0]).toBeCloseTo(exact.value.dataSync()[0]!, 3);
  expect(relative(cotangent, exact.grad)).toBeLessThan(1e-3);
  expect(relative(central.cotangent["mask_NHW1"]!, exact.grad)).toBeLessThan(1e-2);
  expect(relative(flat(central.gradient), flat(forward.gradient))).toBeLessThan(1e-2);
});

it.each(["forward-mode", "central-difference", "forward-difference"] as const)(
  "%s: what lies below the subset is gone through once forth and once back, and nothing changes by it",
  (derivative) => {
    const designerParams = designer.init(2);
    const { params, auxiliary } = tinyState(designerParams);
    const direction = normalLike(pick(params, subset), "direction");
    let passes = 0;
    const counted: typeof learner = { ...learner, embedTask: (...args) => (passes++, learner.embedTask!(...args)) };
    const { embedTask: _, ...whole } = learner;
    const inputs = { designer, params, auxiliary, designerParams, batch, direction };
    const options = { derivative, relativeStep: 3e-3 };
    const short = valueGradient({ ...inputs, learner: counted }, options);
    const long = valueGradient({ ...inputs, learner: whole }, options);
    expect(passes).toBe(2);
    expect(relative(short.value, long.value)).toBeLessThan(1e-3);
    expect(relative(short.cotangent["mask_NHW1"]!, long.cotangent["mask_NHW1"]!)).toBeLessThan(2e-3);
    expect(relative(flat(short.gradient), flat(long.gradient))).toBeLessThan(2e-3);
  },
);

it("masks on all crops: the same without the short way", () => {
  const designerParams = designer.init(2);
  const { params, auxiliary } = tinyState(designerParams);
  const all = dinoLearner(tinyConfig, { maskedCrops: "all" });
  const { embedTask: _, ...whole } = all;
  const inputs = {
    designer,
    params,
    auxiliary,
    designerParams,
    batch,
    direction: normalLike(pick(params, subset), "direction"),
  };
  const [short, long] = [valueGradient({ ...inputs, learner: all }), valueGradient({ ...inputs, learner: whole })];
  expect(relative(flat(short.gradient), flat(long.gradient))).toBeLessThan(1e-3);
  expect(relative(short.cotangent["localMask_NHW1"]!, long.cotangent["localMask_NHW1"]!)).toBeLessThan(1e-3);
});

it("the designer's gradient is that of V by differences in φ, where the teacher does not see the mask", () => {
  const designerParams = designer.init(2);
  const { params, auxiliary } = tinyState(designerParams);
  const base = { learner: dinoLearner(tinyConfig, { teacherInput: "augmented" }), designer, params, auxiliary, batch };
  const inputs = { ...base, direction: normalLike(pick(params, subset), "direction") };
  const { gradient } = valueGradient({ ...inputs, designerParams });
  const step = normalLike(designerParams, "step");
  const at = (by: number): number => {
    const moved = Object.entries(designerParams).map(([name, t]) => [name, tf.add(t, tf.mul(step[name]!, by))]);
    return valueGradient({ ...inputs, designerParams: Object.fromEntries(moved) as Params }).value.dataSync()[0]!;
  };
  const expected = tf.sum(tf.mul(flat(gradient), flat(step))).dataSync()[0]!;
  expect(Math.abs((at(3e-3) - at(-3e-3)) / 6e-3 / expected - 1)).toBeLessThan(2e-2);
});
