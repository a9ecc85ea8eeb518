/**
 * A designer of one's own beside the built-in methods: label smoothing whose strength is learned from the feedback.
 * Seconds on two cores.
 *   npx vpt train examples/own-designer.config.ts --out runs/own-designer
 */
import * as tf from "@tensorflow/tfjs";
import type { Designer } from "@vpt/core";
import { topKDesigner, type LanguageBatch, type LanguageView } from "@vpt/lang";
import { defineConfig } from "@vpt/train/language";

const topK = topKDesigner({ embeddingSize: 64, layers: 1, width: 16, heads: 2, candidates: 8, vocabularySize: 256 });

/** Mixes the built-in designer's target with the true token by one learned weight. */
const smoothed: Designer<LanguageBatch, LanguageView> = {
  init: (seed) => ({ ...topK.init(seed), "smoothing.logit": tf.scalar(-2) }),
  baselineTask: topK.baselineTask,
  design({ "smoothing.logit": logit, ...params }, batch, view) {
    const task = topK.design(params, batch, view);
    const probs = task["probs_NK"] as tf.Tensor2D;
    const [rows, candidates] = probs.shape;
    const oneHot = tf.oneHot(tf.zeros([rows], "int32"), candidates); // the true token is candidate 0
    const weight = tf.sigmoid(logit!);
    return { ...task, probs_NK: tf.add(tf.mul(weight, probs), tf.mul(tf.sub(1, weight), oneHot)) };
  },
};

const rows = { synthetic: "problems", limit: 32 } as const;

export default defineConfig({
  model: "tiny",
  steps: 8,
  methods: ["baseline", { name: "smoothed", designer: smoothed }],
  data: {
    unlabeled: { synthetic: "stream", limit: 32 },
    feedback: rows,
    test: { ...rows, split: "test", limit: 8 },
  },
});
