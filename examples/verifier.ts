/**
 * Feedback without labels: the learner writes sums, and a check runs them. A byte model made from nothing learns
 * `7=3+4;` from a stream in which half of the sums are wrong. Two arms go on with the same stream: ordinary
 * pretraining, and targets tilted towards what the check lets pass. About 20 s of processor time.
 */
import vm from "node:vm";
import { compile, useBackend } from "@vpt/backend";
import { adamW, createTrainState, randomFromSeed, vPretrain, type BatchSource, type Params } from "@vpt/core";
import {
  causalLearner,
  collate,
  generate,
  nextTokenDesigner,
  tiltDesigner,
  tinyLanguageModel,
  verifierFeedback,
  type Example,
  type LanguageBatch,
  type VerifierRound,
} from "@vpt/lang";

/**
 * Runs the text as arithmetic, for 50 ms at most. A context is no sandbox: run a stranger's code in a process of its
 * own.
 */
export function check({ prompt, text }: { readonly prompt: string; readonly text: string }): number {
  if (!/^\d\+\d$/.test(text)) return 0;
  return vm.runInNewContext(text, {}, { timeout: 50 }) === Number(prompt.slice(0, -1)) ? 1 : 0;
}

await useBackend({ device: "auto", log: () => {} });
const model = tinyLanguageModel(0);
const random = randomFromSeed(0, "sums");
const prompts = Array.from({ length: 9 }, (_, i) => `${i + 1}=`);

function row(): Example {
  const wanted = 1 + random.integer(9);
  const a = random.integer(wanted + 1);
  const b = random.uniform() < 0.5 ? wanted - a : random.integer(10);
  const tokens = model.tokenizer.encode(`${wanted}=${a}+${b};`);
  return {
    ids: Int32Array.from(tokens.slice(0, -1)),
    labels: Int32Array.from(tokens.slice(1)),
    lossMask: Uint8Array.of(0, 1, 1, 1, 1),
  };
}
const batches: BatchSource<LanguageBatch> = {
  next: async () => collate(Array.from({ length: 32 }, row), { padToMultiple: 5, padPositionsToMultiple: 4 }),
  state: () => random.state(),
  restore: () => {},
};

const names = Object.keys(model.params).filter((name) => name.startsWith("model.layers.1"));
const copy = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tensor.clone()]));
const optimizer = adamW();
const learner = { learner: causalLearner(model.config), optimizer, learningRate: () => 2e-3, compile };
const start = await vPretrain({
  ...learner,
  state: createTrainState({ params: model.params, optimizer, seed: 0 }),
  batches,
  steps: 300,
  designer: nextTokenDesigner(),
});

/** Share of 20 samples a prompt that pass. */
async function passed(params: Params): Promise<number> {
  const asked = prompts.flatMap((prompt) => Array<string>(20).fill(prompt));
  const sampling = { maxNewTokens: 4, stop: [";"], temperature: 1, random: randomFromSeed(1), batchSize: 180 };
  const texts = await generate({ ...model, params }, asked, sampling);
  return texts.filter(({ text }, i) => check({ prompt: asked[i]!, text }) === 1).length / texts.length;
}

const rounds: VerifierRound[] = [];
const feedback = verifierFeedback(model, {
  prompts,
  verify: check,
  batchSize: 9,
  samples: 8,
  maxNewTokens: 4,
  stop: [";"],
  onRound: (round) => void rounds.push(round),
});
const arms = {
  baseline: { designer: nextTokenDesigner() },
  tilt: {
    designer: tiltDesigner({ candidates: 16, gate: 0.9, strength: 0.2 }),
    value: {
      feedback,
      subset: names,
      designerOptimizer: optimizer,
      designerLearningRate: () => 0,
      updateEvery: 2,
      initialFeedbackBatches: 4,
    },
  },
};
/** Share of right sums before, and after each arm. */
export const result: Record<string, number> = { before: await passed(start.params) };
for (const [arm, options] of Object.entries(arms)) {
  const { count, first, second } = start.optimizer;
  const state = {
    ...start,
    params: copy(start.params),
    optimizer: { count, first: copy(first), second: copy(second) },
  };
  const end = await vPretrain({ ...learner, ...options, state, batches, steps: start.step + 60 });
  result[arm] = await passed(end.params);
}
const unknown = rounds.reduce((sum, round) => sum + Object.values(round.unknown).reduce((a, b) => a + b), 0);
console.log(`right sums: ${JSON.stringify(result)}; ${rounds.length} rounds of checks, ${unknown} without an answer`);
