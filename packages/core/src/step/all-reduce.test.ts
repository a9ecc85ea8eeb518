import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import type { AllReduce } from "@vpt/contracts";
import { numbersOf, toyBatch, toySource, type ToyBatch } from "../testing/toy.js";
import { toyBaseline, toyOptions, toyStart } from "../testing/toy-run.js";
import { disposeUnreferenced, packTrainState } from "./train-state.js";
import type { AuxiliaryUpdate } from "./auxiliary-update.js";
import { trainStep } from "./train-step.js";
import { vPretrain } from "./pretrain-loop.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const options = toyOptions();

/** The mean with processes that send the same: new tensors, and what was asked for. */
function twins() {
  const labels: string[] = [];
  const allReduce: AllReduce = (tensors, label) => {
    labels.push(label);
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, tensor.clone()]),
    ) as unknown as typeof tensors;
  };
  return { labels, allReduce };
}

it("averages every sum over the batch once a step, and leaves nothing behind", async () => {
  const { labels, allReduce } = twins();
  let state = toyStart();
  const plain = await trainStep(state, toyBatch(), options);
  const before = tf.memory().numTensors;
  const { state: next, metrics } = await trainStep(state, toyBatch(), { ...options, allReduce });
  expect(labels).toEqual(["feedback", "value", "designer", "scalars", "gradient"]);
  expect(metrics).toEqual(plain.metrics);
  expect(numbersOf(packTrainState(next).tensors)).toEqual(numbersOf(packTrainState(plain.state).tensors));
  disposeUnreferenced(next, state);
  expect(tf.memory().numTensors).toBe(before + 2); // the batch
  state = next;
});

it("takes the mean, not its own: a twin with no gradient halves the step's", async () => {
  const halving: AllReduce = (tensors) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, tensor.div(2)]),
    ) as unknown as typeof tensors;
  const [own, mean] = await Promise.all(
    [undefined, halving].map((allReduce) => trainStep(toyStart(), toyBatch(), toyBaseline(allReduce && { allReduce }))),
  );
  expect(mean!.metrics["gradientNorm"]).toBeCloseTo(own!.metrics["gradientNorm"]! / 2, 6);
  expect(mean!.metrics["loss"]).toBeCloseTo(own!.metrics["loss"]! / 2, 6);
});

it("stops when another process was stopping to, and saves", async () => {
  let asked = 0;
  const saved: number[] = [];
  const { allReduce } = twins();
  const stopping: AllReduce = (tensors, label) =>
    label === "stop" && ++asked > 3
      ? ({ stop: tf.scalar(0.5) } as unknown as typeof tensors)
      : allReduce(tensors, label);
  const last = await vPretrain({
    ...options,
    state: toyStart(),
    batches: toySource(),
    steps: 10,
    allReduce: stopping,
    save: async ({ step }) => void saved.push(step),
  });
  expect(last.step).toBe(3);
  expect(saved).toEqual([3]);
});

it("averages auxiliary groups and their scalars over processes, under a label of their own", async () => {
  const seen: string[] = [];
  const halving: AllReduce = (tensors, label) => {
    if (label !== "auxiliary") return tensors;
    seen.push(...Object.keys(tensors));
    return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.div(2)])) as typeof tensors;
  };
  const auxiliary: AuxiliaryUpdate<ToyBatch> = {
    afterStep: ({ auxiliary: { count } }) => ({
      auxiliary: { count: { n: count!["n"]!.add(2) } },
      loggedScalars: { count: tf.scalar(6) },
    }),
  };
  const start = { ...toyStart(), auxiliary: { count: { n: tf.scalar(2) } } };
  const { state, metrics } = await trainStep(start, toyBatch(), { ...options, auxiliary, allReduce: halving });
  expect(numbersOf(state.auxiliary["count"]!)).toEqual({ n: [2] });
  expect(metrics["count"]).toBe(3);
  expect(seen.sort()).toEqual(["count/n", "logged scalars/count"]);
});
