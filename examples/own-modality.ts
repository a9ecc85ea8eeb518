// A third modality in one file: a linear regression whose targets a designer may shift, run by runExperiment.
import * as tf from "@tensorflow/tfjs";
import { adamW, fromSteps, randomFromSeed, type Designer, type Params } from "@vpt/core";
import { sharedConfigSchema, type SharedConfig, type Workload } from "@vpt/train";

type Batch = { readonly x_ND: tf.Tensor2D; readonly y_N1: tf.Tensor2D };
type View = { readonly y_N1: tf.Tensor2D };

const truth = [1, -2, 0.5];
const sample = (seed: number, count: number): Batch => {
  const random = randomFromSeed(seed, "rows");
  const rows = Array.from({ length: count }, () => truth.map(() => 2 * random.uniform() - 1));
  const y = rows.map((row) => [row.reduce((sum, x, i) => sum + x * truth[i]!, 0.3)]); // the labels are biased by 0.3
  return { x_ND: tf.tensor2d(rows), y_N1: tf.tensor2d(y) };
};
const errorOf = (params: Params, { x_ND, y_N1 }: Batch): tf.Scalar =>
  tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x_ND, params["w"] as tf.Tensor2D), params["b"]!), y_N1)));

const designer: Designer<Batch, View> = {
  init: () => ({ shift: tf.zeros([1]) }),
  baselineTask: ({ y_N1 }) => ({ y_N1 }),
  design: ({ shift }, { y_N1 }) => ({ y_N1: tf.add(y_N1, shift!) }),
};
const feedback = { gradient: (params: Params) => ({ b: tf.mul(params["b"]!, 2) }) }; // ∇ of b²: the unbiased truth

export const regression: Workload<SharedConfig, Batch, View> = {
  kind: "regression",
  schema: sharedConfigSchema(["baseline", "value"]),
  open: async (config) => ({
    params: { w: tf.zeros([3, 1]), b: tf.zeros([1]) },
    trainable: ["w", "b"],
    unit: "images",
    model: "linear",
    data: { test: 64 },
    primaryMetric: { name: "error", label: "squared error", higherIsBetter: false },
    metrics: [{ name: "error", label: "squared error", higherIsBetter: false }],
    method: ({ name, custom }) => ({
      step: {
        learner: { loss: (params, batch, taskOf) => errorOf(params, { ...batch, ...(taskOf(batch) as View) }) },
        designer: custom?.designer ?? designer,
        optimizer: adamW(),
        learningRate: () => 0.05,
        ...(name !== "baseline" && {
          value: {
            feedback: custom?.feedback ?? feedback,
            subset: ["b"],
            designerOptimizer: adamW(),
            designerLearningRate: () => 0.1,
            updateEvery: 1,
            burnInSteps: 1,
          },
        }),
      },
      batches: fromSteps(async (step) => sample(config.seed * 1000 + step, 8)),
      unitsPerStep: 8,
    }),
    evaluate: async (params) => {
      const error = tf.tidy(() => errorOf(params, sample(-1, 64)));
      const [value] = await error.data();
      error.dispose();
      return { metrics: { error: value! } };
    },
    close: async () => undefined,
  }),
};
