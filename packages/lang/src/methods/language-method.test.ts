import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState, trainStep, type TrainState } from "@vpt/core";
import { beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { causalLearner } from "../causal-learner.js";
import { collate } from "../language-batch.js";
import { lastBlockParameters } from "../model/index.js";
import { listOf, rowsOf } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { languageMethod, languageMethodNames, type LanguageMethod } from "./language-method.js";
import { shuffleLabels } from "./shuffle-labels.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const optimizer = adamW();
const examples = randomExamples(4, undefined, 4);
const partsOf = (method: LanguageMethod) =>
  languageMethod(method, {
    config: tinyConfig,
    feedback: { examples, batchSize: 2, padToMultiple: 4 },
    designer: { layers: 1, width: 16, heads: 2, candidates: 5 },
    value: {
      subset: lastBlockParameters(tinyConfig, 1),
      designerOptimizer: optimizer,
      designerLearningRate: () => 1e-2,
      updateEvery: 1,
    },
    seed: 0,
  });

async function oneStep(method: LanguageMethod): Promise<TrainState> {
  const { trainOn: _, ...parts } = partsOf(method);
  const batch = collate(randomExamples(2, undefined, 4), { padToMultiple: 4 });
  const state = createTrainState({ params: tinyParams(0), designerParams: parts.designer.init(0), optimizer, seed: 0 });
  const options = { ...parts, learner: causalLearner(tinyConfig), optimizer, learningRate: () => 1e-2 };
  return (await trainStep(state, batch, options)).state;
}

describe("languageMethod", () => {
  it("gives methods that step, each its own way, but for sft, constant-bias and the tangent's meta steps", async () => {
    const ends = new Map<string, LanguageMethod[]>();
    for (const method of languageMethodNames) {
      // The moment holds the gradient; AdamW's first step itself keeps no more than its sign.
      const moment = listOf((await oneStep(method)).optimizer.first["model.norm.weight"]!);
      expect(moment.every(Number.isFinite)).toBe(true);
      ends.set(moment.join(), [...(ends.get(moment.join()) ?? []), method]);
    }
    expect([...ends.values()].filter((methods) => methods.length > 1)).toEqual([
      ["baseline", "sft", "constant-bias"],
      ["tilt", "tangent"],
    ]);
    expect(partsOf("sft").trainOn).toBe(examples);
  });

  it("refuses a name it does not know", () => {
    expect(() => partsOf("magic" as LanguageMethod)).toThrow(/method "magic": expected one of baseline, value/);
  });

  it("the oracle puts α_max on the best candidate, or nothing where that is the true token", () => {
    const { designer } = partsOf("oracle");
    const batch = { ...collate(examples.slice(0, 1), { padToMultiple: 4 }), weight_N: tf.tensor1d([0.5, 0.5]) };
    const task = {
      ids_NK: tf.tensor2d(
        [
          [1, 2, 3, 4, 5],
          [6, 7, 8, 9, 0],
        ],
        [2, 5],
        "int32",
      ),
      probs_NK: tf.fill([2, 5], 0.2),
    };
    const cotangent = {
      probs_NK: tf.tensor2d([
        [0, 1, 4, 2, 3],
        [9, 1, 4, 2, 3],
      ]),
    };
    const rows = rowsOf(designer.closedFormTask!(cotangent, task, batch)["probs_NK"]!);
    rows.flat().forEach((q, i) => expect(q).toBeCloseTo([0.1, 0, 0.9, 0, 0, 1, 0, 0, 0, 0][i]!, 6));
  });
});

it("shuffleLabels permutes counted labels and nothing else", () => {
  const shuffled = shuffleLabels(examples, 1);
  const counted = (rows: typeof examples) =>
    rows.flatMap(({ labels, lossMask }) => [...labels].filter((_, t) => lossMask[t] === 1));
  expect(counted(shuffled)).not.toEqual(counted(examples));
  expect(counted(shuffled).sort()).toEqual(counted(examples).sort());
  shuffled.forEach(({ ids, labels, lossMask }, i) => {
    expect([ids, lossMask]).toEqual([examples[i]!.ids, examples[i]!.lossMask]);
    labels.forEach((id, t) => lossMask[t] === 1 || expect(id).toBe(examples[i]!.labels[t]));
  });
});
