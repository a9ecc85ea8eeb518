import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, valueGradient, type Params } from "@vpt/core";
import {
  causalLearner,
  collate,
  initDecoder,
  languageView,
  lastBlockParameters,
  lmFeedback,
  nextTokenTask,
  tiltDesigner,
  topKDesigner,
  type DecoderConfig,
  type Example,
  type LanguageBatch,
} from "@vpt/lang";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyDecoder } from "../testing/tiny-decoder.js";
import { shapeOf } from "./known-shapes.js";
import { stepFlops } from "./step-flops.js";

const config: DecoderConfig = { ...tinyDecoder, vocabSize: 29, layers: 3, keyValueHeads: 4 };
const work = { batch: 2, tokens: 8, feedbackRows: 2, blocks: 2, candidates: 5, designer: { layers: 2, width: 12 } };
const row = (seed: number): Example => {
  const random = randomFromSeed(seed, "row");
  const draw = (): Int32Array => Int32Array.from({ length: work.tokens }, () => random.integer(config.vocabSize));
  return { ids: draw(), labels: draw(), lossMask: new Uint8Array(work.tokens).fill(1) };
};

/** Operations of the matrix products that `f` ran: of `[b, m, k] × [b, k, n]`, `2·b·m·k·n`, from the sizes alone. */
async function productsOf(f: () => tf.TensorContainer): Promise<number> {
  const size = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
  const { kernels } = await tf.profile(f as () => tf.TensorContainer);
  return kernels
    .filter(({ name }) => /MatMul/.test(name))
    .map(({ inputShapes, outputShapes }) => {
      const [a, b, out] = [inputShapes[0]!, inputShapes[1]!, outputShapes[0]!];
      const batch = size(out.slice(0, -2));
      return 2 * Math.sqrt((size(a) * size(b) * size(out)) / batch);
    })
    .reduce((total, each) => total + each, 0);
}

describe("stepFlops", () => {
  const counted = stepFlops(config, work);
  let params: Params;
  let batch: LanguageBatch;
  let designerParams: Params;
  const examples = [row(1), row(2)];
  beforeAll(async () => {
    await tf.setBackend("cpu");
    params = initDecoder(config, 0);
    designerParams = designer.init(0);
    batch = collate(examples, { padToMultiple: work.tokens, padPositionsToMultiple: work.batch * work.tokens });
  });
  const learner = causalLearner(config);
  const subset = lastBlockParameters(config, work.blocks);
  const designer = topKDesigner({ embeddingSize: config.hiddenSize, heads: 2, candidates: 5, ...work.designer });

  const within = (share: number, found: number, expected: number): void =>
    expect(Math.abs(found / expected - 1)).toBeLessThan(share);
  const feedback = lmFeedback(config, { examples, batchSize: 2, padToMultiple: 8, padPositionsToMultiple: 16 });
  const draw = async (): Promise<Params> => feedback.gradient(params, subset, randomFromSeed(0, "draw"));

  it("counts the products that a baseline step runs, and those of a feedback gradient", async () => {
    const names = Object.keys(params);
    const step = tf.grads((...tensors: tf.Tensor[]) =>
      learner.loss(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])), batch, () => nextTokenTask(batch)),
    );
    within(0.005, await productsOf(() => step(Object.values(params))), counted.baseline);
    within(
      0.005,
      await productsOf(() => feedback.gradient(params, subset, randomFromSeed(0, "draw")) as Params),
      counted.feedback,
    );
  });

  it("counts the designer's products exactly", async () => {
    const view = languageView(config, params, batch);
    expect(await productsOf(() => designer.design(designerParams, batch, view))).toBe(counted.design);
    tf.dispose(view as unknown as tf.TensorContainer);
  });

  it("counts what a value gradient runs beside the learner's own products", async () => {
    const inputs = { learner, designer, params, designerParams, batch, direction: await draw() };
    const all = await productsOf(() => tf.tidy(() => valueGradient(inputs).value));
    const forward = await productsOf(() => learner.loss(params, batch, () => nextTokenTask(batch)));
    // E_p of the rows of the head: the learner's backward pass has it too
    const expectation = 2 * 16 * config.vocabSize * config.hiddenSize;
    // two passes through the designer, and one back
    within(0.03, all - forward, counted.value + 4 * counted.design + expectation);
  });

  it("counts the forward pass of the aligned blocks one step ahead, and its candidates", async () => {
    const { features, cacheFrozenActivations } = learner;
    const start = cacheFrozenActivations!(params, batch, subset);
    const view = languageView(config, params, batch);
    const run = (): tf.TensorContainer => {
      const ahead = features!(params, start, subset);
      return [
        ahead,
        tiltDesigner({ candidates: 5, anchored: true }).design({}, batch, view, ahead),
      ] as tf.TensorContainer;
    };
    within(0.005, await productsOf(run), counted.ahead);
  });

  it("gives what the compiled graphs of SmolLM2's shape hold (docs/performance.md)", () => {
    const sizes = { batch: 4, tokens: 256, feedbackRows: 2, blocks: 2, candidates: 64 };
    const { baseline, feedback: drawn, value, design } = stepFlops(shapeOf("smollm2"), sizes);
    within(1e-4, baseline, 880.6e9);
    within(1e-3, drawn, 191.5e9);
    within(1e-3, baseline + design, 882.8e9);
    within(2e-3, baseline + value + 4 * design, 919.6e9);
  });
});
