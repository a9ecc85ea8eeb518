import * as tf from "@tensorflow/tfjs";
import { type Designer, type Lookahead, type Params, randomFromSeed } from "@vpt/contracts";
import { globalNorm, mapParams } from "@vpt/contracts/tensors";
import { beforeAll, describe, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import {
  numbersOf,
  otherToyFeedback,
  plainToyLearner,
  relativeError,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toyPrediction,
  type ToyBatch,
  type ToyView,
} from "../testing/toy.js";
import { toyOptimizer, toyOptions, toyStart, type ToyOptions } from "../testing/toy-run.js";
import { valueGradient } from "../value/value-gradient.js";
import { packTrainState, unpackTrainState, type TrainState } from "./train-state.js";
import { trainStep } from "./train-step.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const stepSize = 0.3;

/** The target is the prediction one downstream step ahead; it keeps what it saw. */
function aheadDesigner(lookahead: Lookahead) {
  const seen: number[][] = [];
  const designer: Designer<ToyBatch, ToyView> = {
    init: () => ({}),
    baselineTask: ({ y_NE }) => ({ target_NE: y_NE.clone() }),
    lookahead,
    design: (_, __, ___, ahead) => {
      seen.push(Array.from(ahead!["prediction_NE"]!.dataSync()));
      return { target_NE: ahead!["prediction_NE"]!.clone() };
    },
  };
  return { designer, seen };
}

const plain = { preconditioner: "none", normalizeDirection: true, feedbackEmaDecay: 0, updateEvery: 3 } as const;
/** Only w2 moves: parameters outside the aligned subset are the learner's own at θ⁺ too. */
const stateOf = (designer: Designer<ToyBatch, ToyView>): TrainState => toyStart({ designer, trainable: ["w2"] });

/** The states before each step, and after the last. */
async function take(count: number, options: ToyOptions, state: TrainState): Promise<TrainState[]> {
  const states = [state];
  for (let i = 0; i < count; i++) states.push((await trainStep(states.at(-1)!, toyBatch(), options)).state);
  return states;
}

/** `θ − ε·g/‖g‖` over w2, for the average that `after` holds. */
const moved = (before: TrainState, after: TrainState): Params => ({
  ...before.params,
  ...mapParams(after.feedbackEma, (g, name) =>
    before.params[name]!.sub(g.div(globalNorm(after.feedbackEma)).mul(stepSize)),
  ),
});

const close = (a: readonly number[], b: tf.Tensor, digits = 5): void =>
  a.forEach((x, i) => expect(x).toBeCloseTo(b.dataSync()[i]!, digits));

describe("a designer with an anchored lookahead", () => {
  it("reads the prediction at θ_ref − ε·d, which stands still until the next meta step", async () => {
    const { designer, seen } = aheadDesigner({ stepSize, anchored: true });
    const states = await take(5, toyOptions(plain, { designer }), stateOf(designer));
    expect(seen).toHaveLength(5);
    for (const step of [0, 1, 2]) close(seen[step]!, toyPrediction(moved(states[0]!, states[1]!), toyBatch()));
    for (const step of [3, 4]) close(seen[step]!, toyPrediction(moved(states[3]!, states[4]!), toyBatch()));
    expect(states[2]!.ahead).toBe(states[1]!.ahead);
    expect(seen[3]).not.toEqual(seen[2]);
  });

  it("takes the ordinary task before there is a direction, and without a meta step", async () => {
    const { designer, seen } = aheadDesigner({ stepSize, anchored: true });
    await take(2, toyOptions({ ...plain, burnInSteps: 2 }, { designer }), stateOf(designer));
    const none = { gradient: (params: Params) => ({ w2: tf.zerosLike(params["w2"]!) }) };
    await take(3, toyOptions({ ...plain, feedback: none }, { designer }), stateOf(designer));
    expect(seen).toEqual([]);
  });

  it("keeps θ⁺ in a checkpoint, and goes on from it bit for bit", async () => {
    const { designer } = aheadDesigner({ stepSize, anchored: true });
    const options = toyOptions(plain, { designer });
    const states = await take(3, options, stateOf(designer));
    const resumed = unpackTrainState(packTrainState(states[1]!), toyParams());
    const again = await take(2, options, resumed);
    expect(numbersOf(again[2]!.params)).toEqual(numbersOf(states[3]!.params));
    expect(Object.keys(packTrainState(states[1]!).tensors)).toContain("ahead/w2");
  });

  it("has a θ⁺ of its own for each domain", async () => {
    const { designer, seen } = aheadDesigner({ stepSize, anchored: true });
    const options = toyOptions({ ...plain, feedback: [toyFeedback, otherToyFeedback] }, { designer });
    const pieces = { microBatches: [toyBatch(randomFromSeed(1)), toyBatch(randomFromSeed(2))] };
    const start = stateOf(designer);
    const first = await trainStep(start, pieces, options);
    await trainStep(first.state, pieces, options);
    const of = (domain: number): Params => ({
      ...start.params,
      w2: start.params["w2"]!.sub(
        first.state.feedbackEma[`${domain}/w2`]!.div(globalNorm({ w2: first.state.feedbackEma[`${domain}/w2`]! })).mul(
          stepSize,
        ),
      ),
    });
    for (const call of [0, 2]) close(seen[call]!, toyPrediction(of(0), pieces.microBatches[0]!));
    for (const call of [1, 3]) close(seen[call]!, toyPrediction(of(1), pieces.microBatches[1]!));
  });

  it("logs V of the task that the learner is trained on, on meta steps", async () => {
    const { designer } = aheadDesigner({ stepSize, anchored: true });
    const { metrics } = await trainStep(stateOf(designer), toyBatch(), toyOptions(plain, { designer }));
    expect(metrics["value"]).toBeGreaterThan(0); // a step towards θ⁺ is a step downstream
    expect(metrics["cosine"]).toBeGreaterThan(0);
  });
});

describe("a designer with a lookahead that is not anchored", () => {
  it("reads h − ε·ḣ at the learner's own parameters on every step, along the newest direction", async () => {
    const { designer, seen } = aheadDesigner({ stepSize, anchored: false });
    const states = await take(3, toyOptions(plain, { designer }), stateOf(designer));
    for (const step of [0, 1, 2]) {
      // the prediction is linear in w2: first order is exact
      close(seen[step]!, toyPrediction(moved(states[step]!, states[1]!), toyBatch()), 4);
      expect(states[step]!.ahead).toEqual({});
    }
  });

  it("needs a learner that has features", async () => {
    const { designer } = aheadDesigner({ stepSize, anchored: false });
    const options = toyOptions({ ...plain, subset: ["w2"] }, { designer, learner: plainToyLearner });
    await expect(trainStep(stateOf(designer), toyBatch(), options)).rejects.toThrow(/learner has no `features`/);
  });
});

describe("a designer that learns in closed form", () => {
  const learner = (next: (params: Params) => Params) => {
    const cosines: number[] = [];
    const aheads: boolean[] = [];
    const designer: Designer<ToyBatch, ToyView> = {
      ...toyDesigner(),
      init: () => ({ map: tf.scalar(1) }),
      learn: {
        stepSize,
        update: (params, { directionCosine }) => (cosines.push(directionCosine.dataSync()[0]!), next(params)),
      },
      design: (_, { y_NE }, __, ahead) => (aheads.push(ahead !== undefined), { target_NE: y_NE.clone() }),
      penalty: undefined!,
      metrics: undefined!,
    };
    return { designer, cosines, aheads };
  };

  it("learns on meta steps alone, and is told how far the direction has turned", async () => {
    const { designer, cosines, aheads } = learner(({ map }) => ({ map: map!.add(1) }));
    const states = await take(7, toyOptions({ ...plain, feedbackEmaDecay: 0.5 }, { designer }), stateOf(designer));
    expect(cosines).toHaveLength(3);
    expect(cosines[0]).toBe(1);
    expect(cosines[1]).toBeLessThan(1);
    expect(aheads).toEqual([true, false, false, true, false, false, true]);
    expect(states.at(-1)!.designerParams["map"]!.dataSync()[0]).toBe(4);
  });

  it("keeps its parameters where the next ones are not finite, and counts that", async () => {
    const { designer } = learner(() => ({ map: tf.scalar(NaN) }));
    const states = await take(1, toyOptions(plain, { designer }), stateOf(designer));
    expect(states[1]!.designerParams["map"]!.dataSync()[0]).toBe(1);
    expect(states[1]!.counters.skippedMeta).toBe(1);
  });

  it("follows one direction", async () => {
    const { designer } = learner((params) => params);
    const options = toyOptions({ ...plain, feedback: [toyFeedback, otherToyFeedback] }, { designer });
    await expect(trainStep(stateOf(designer), toyBatch(), options)).rejects.toThrow(/follows one direction/);
  });
});

describe("designerUpdates", () => {
  it("takes M AdamW steps up ⟨∂V/∂task, task(φ)⟩ − penalty, with the ∂V/∂task of one pass", async () => {
    const optimizer = adamW({ beta1: 0.8 });
    const designer = toyDesigner();
    const value = { ...plain, designerUpdates: 3, designerOptimizer: optimizer, designerClipNorm: Infinity };
    const start = toyStart();
    const { state } = await trainStep(start, toyBatch(), toyOptions(value, { designer }));
    const direction = mapParams(state.feedbackEma, (g) => g.div(globalNorm(state.feedbackEma)));
    let [params, moments] = [start.designerParams, optimizer.init(start.designerParams)];
    for (let i = 0; i < 3; i++) {
      const { gradient } = valueGradient({
        learner: toyLearner,
        designer,
        params: start.params,
        batch: toyBatch(),
        direction,
        designerParams: params,
      });
      const up = mapParams(gradient, (g) => g.neg());
      ({ params, state: moments } = optimizer.update(params, up, moments, 0.05));
    }
    // L is quadratic in the target, but ∂V/∂task = −⟨d prediction, ·⟩ is the same at every task
    expect(relativeError(state.designerParams, params)).toBeLessThan(1e-4);
    expect(state.designerOptimizer.count).toBe(3);
  });

  it("is a whole number", async () => {
    const options = toyOptions({ ...plain, designerUpdates: 0 });
    await expect(trainStep(toyStart(), toyBatch(), options)).rejects.toThrow(/designerUpdates 0; expected a whole/);
  });
});

describe("replaceDirection", () => {
  it("puts another direction in the place of the value's", async () => {
    const { designer, seen } = aheadDesigner({ stepSize, anchored: true });
    const start = stateOf(designer);
    const other = { w2: tf.randomNormal(start.params["w2"]!.shape, 0, 1, "float32", 5) };
    let lengths: readonly number[] = [];
    const value = {
      ...plain,
      replaceDirection: (direction: Params, { average }: { readonly average: Params }) => {
        lengths = [globalNorm(direction), globalNorm(average)].map((norm) => norm.dataSync()[0]!);
        return other;
      },
    };
    await take(1, toyOptions(value, { designer, optimizer: toyOptimizer }), start);
    const at = { ...start.params, w2: start.params["w2"]!.sub(other.w2.mul(stepSize)) };
    close(seen[0]!, toyPrediction(at, toyBatch()));
    expect(lengths[0]).toBeCloseTo(1, 5);
    expect(lengths[1]).not.toBeCloseTo(1, 2);
  });
});
