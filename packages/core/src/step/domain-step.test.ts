import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { type Feedback, type Params, VptError, randomFromSeed, zipSources } from "@vpt/contracts";
import { domainValue } from "../value/domain-value.js";
import { mapParams, globalNorm } from "@vpt/contracts/tensors";
import {
  numbersOf,
  otherToyFeedback,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toySource,
} from "../testing/toy.js";
import { toyBaseline, toyOptimizer, toyOptions, toyStart } from "../testing/toy-run.js";
import { createTrainState, packTrainState, unpackTrainState, type TrainState } from "./train-state.js";
import { trainStep } from "./train-step.js";
import { vPretrain } from "./pretrain-loop.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const feedback = [toyFeedback, otherToyFeedback]; // the domains disagree
const random = randomFromSeed(5, "domains");
const microBatches = [toyBatch(random), toyBatch(random)];
const designer = toyDesigner();
const dot = { preconditioner: "none", updateEvery: 1 } as const;
const frozen = { designerLearningRate: () => 0 };

it("takes the mean of each domain's value on its own batch, and gives all of them the new designer", async () => {
  const { state, metrics } = await trainStep(toyStart(), { microBatches }, toyOptions({ ...dot, feedback }));
  const draws = randomFromSeed(0, "feedback");
  const unit = (g: Params): Params => mapParams(g, (tensor) => tensor.div(globalNorm(g)));
  const directions: Params[] = [];
  for (const each of feedback) directions.push(unit(await each.gradient(toyParams(), ["w2"], draws)));
  const shared = { learner: toyLearner, designer, params: toyParams(), designerParams: designer.init(0) };
  const wanted = domainValue(
    shared,
    microBatches.map((batch, d) => ({ batch, direction: directions[d]! })),
  );
  expect(metrics["value"]).toBeCloseTo(wanted.value.dataSync()[0]!, 6);
  expect(metrics["designerGradientNorm"]).toBeCloseTo(globalNorm(wanted.gradient).dataSync()[0]!, 5);
  const losses = microBatches.map((batch) =>
    toyLearner.loss(toyParams(), batch, (view) => designer.design(state.designerParams, batch, view)),
  );
  expect(metrics["loss"]).toBeCloseTo(tf.mean(tf.stack(losses)).dataSync()[0]!, 6);
});

it("of one feedback twice on one batch twice is the step on that batch", async () => {
  // Two draws of the same gradient: a feedback that does not draw.
  const still: Feedback = { gradient: (params, subset) => toyFeedback.gradient(params, subset, randomFromSeed(2, "")) };
  const batch = microBatches[0]!;
  const twice = await trainStep(
    toyStart(),
    { microBatches: [batch, batch] },
    toyOptions({ updateEvery: 1, feedback: [still, still] }),
  );
  const once = await trainStep(toyStart(), batch, toyOptions({ updateEvery: 1, feedback: still }));
  expect(twice.metrics["value"]).toBeCloseTo(once.metrics["value"]!, 6);
  expect(twice.metrics["predictedDecrease"]).toBeCloseTo(once.metrics["predictedDecrease"]!, 6);
  const wanted = numbersOf({ ...once.state.params, ...once.state.designerParams });
  const found = numbersOf({ ...twice.state.params, ...twice.state.designerParams });
  for (const [name, numbers] of Object.entries(found))
    numbers.forEach((x, i) => expect(x).toBeCloseTo(wanted[name]![i]!, 4));
});

it("aligns no domain with another's stream: which batch meets which feedback matters", async () => {
  const value = async (pieces: typeof microBatches): Promise<number> =>
    (await trainStep(toyStart(), { microBatches: pieces }, toyOptions({ ...dot, ...frozen, feedback }))).metrics[
      "value"
    ]!;
  expect(await value(microBatches)).not.toBeCloseTo(await value([...microBatches].reverse()), 4);
});

it("asks a closed form for each domain's own task", async () => {
  const asked: number[] = [];
  const closed: typeof designer = {
    ...designer,
    init: () => ({}),
    design: (_phi, { y_NE }) => ({ target_NE: y_NE.clone() }),
    closedFormTask: ({ target_NE: cotangent }, { target_NE }) => {
      asked.push(cotangent!.square().sum().dataSync()[0]!);
      return { target_NE: target_NE!.add(cotangent!.mul(0.1)) };
    },
  };
  const state = createTrainState({ params: toyParams(), optimizer: toyOptimizer, seed: 0 });
  const { metrics } = await trainStep(state, { microBatches }, toyOptions({ ...dot, feedback }, { designer: closed }));
  expect(asked.length).toBe(2);
  expect(asked[0]).not.toBe(asked[1]);
  expect(Number.isFinite(metrics["value"])).toBe(true);
});

it("resumes bit for bit with the averages and cursors of all domains, and leaves no tensor", async () => {
  const sources = () => zipSources([toySource({ seed: 1 }), toySource({ seed: 2 })]);
  const run = (state: TrainState, steps: number, batches = sources()): Promise<TrainState> =>
    vPretrain({ ...toyOptions({ feedback, updateEvery: 2 }), state, batches, steps });
  const whole = await run(toyStart(), 6);
  expect(Object.keys(whole.feedbackEma)).toEqual(["0/w2", "1/w2"]);
  const half = sources();
  const cut = await run(toyStart(), 3, half);
  const packed = packTrainState(cut);
  const json = JSON.parse(JSON.stringify(packed.json)) as typeof packed.json;
  const again = sources();
  await again.restore(JSON.parse(JSON.stringify(half.state())));
  const before = tf.memory().numTensors;
  const resumed = await run(unpackTrainState({ ...packed, json }, cut.params), 6, again);
  expect(tf.memory().numTensors).toBe(before);
  expect(numbersOf(packTrainState(resumed).tensors)).toEqual(numbersOf(packTrainState(whole).tensors));
});

it("refuses domains without a micro-batch each, and no feedback at all", async () => {
  const take = (batch: Parameters<typeof trainStep>[1], value: Parameters<typeof toyOptions>[0]) =>
    trainStep(toyStart(), batch as never, toyOptions(value));
  await expect(take(microBatches[0], { feedback })).rejects.toThrow(/2 feedbacks and one batch/);
  await expect(take({ microBatches: [microBatches[0]] }, { feedback })).rejects.toThrow(
    /2 feedbacks and 1 micro-batches/,
  );
  await expect(take({ microBatches }, { feedback: [] })).rejects.toThrow(/no feedback/);
  // the baseline knows no domains
  await expect(trainStep(toyStart(), { microBatches }, toyBaseline())).resolves.toBeDefined();
  expect(() => zipSources([])).toThrow(VptError);
  await expect(async () => zipSources([toySource()]).restore([])).rejects.toThrow(/as many/);
});

it("ends with the first source that does, and frees what it drew", async () => {
  const zipped = zipSources([toySource(), toySource({ count: 1 })]);
  tf.dispose((await zipped.next())! as unknown as tf.TensorContainer);
  const before = tf.memory().numTensors;
  expect(await zipped.next()).toBeUndefined();
  expect(tf.memory().numTensors).toBe(before);
});
