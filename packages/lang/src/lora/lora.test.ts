import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState, randomFromSeed, trainStep, valueDefaults, type Params } from "@vpt/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadFixture, readFloats } from "../__fixtures__/load-fixture.js";
import { causalLearner, nextTokenTask } from "../causal-learner.js";
import { topKDesigner } from "../designers/top-k.js";
import { languageMethod } from "../methods/language-method.js";
import { collate } from "../language-batch.js";
import { lmFeedback } from "../lm-feedback.js";
import { decoderLogits, initDecoder } from "../model/index.js";
import { byteTokenizer } from "../byte-tokenizer.js";
import { saveLanguageModel } from "../save/save-language-model.js";
import { at, numbersOf } from "../testing/numbers.js";
import { pythonLogits, pythonWith } from "../testing/python.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { parseAdapterConfig } from "./adapter-config.js";
import { initAdapter } from "./init-adapter.js";
import { loadAdapter } from "./load-adapter.js";
import { withLora, type LoraConfig } from "./lora-config.js";
import { mergeAdapter } from "./merge-adapter.js";
import { saveAdapter } from "./save-adapter.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-lora-"));
beforeAll(async () => void (await tf.setBackend("cpu")));
afterAll(() => rmSync(folder, { recursive: true }));

const lora: LoraConfig = { rank: 2, alpha: 3, modules: ["q_proj", "down_proj"], blocks: [1] };
const largest = (a: tf.Tensor, b: tf.Tensor): number => at(tf.max(tf.abs(tf.sub(a, b))));
/** An adapter whose B is not zero. */
const trained = (config: typeof tinyConfig, given: LoraConfig): Params => {
  const { normal } = randomFromSeed(1);
  const fresh = initAdapter(config, given, 0);
  return Object.fromEntries(
    Object.entries(fresh).map(([name, { shape, size }]) => [
      name,
      tf.tensor(
        Float32Array.from({ length: size }, () => 0.3 * normal()),
        shape,
      ),
    ]),
  );
};

describe.each(["qwen2-tied", "llama-untied"] as const)("an adapter of PEFT on %s", (name) => {
  it("gives PEFT's logits, applied and merged, to 1e-4", async () => {
    const { config, params: base, golden } = loadFixture(name);
    const path = `${name}/adapter`;
    const wanted = readFloats(`${path}/golden.safetensors`);
    const adapter = await loadAdapter(fileURLToPath(new URL(`../__fixtures__/${path}`, import.meta.url)), config);
    const ids_BT = tf.tensor2d([[...golden.prompts[0]!]], undefined, "int32");
    const both = { ...base, ...adapter.params };
    const adapted = tf.squeeze(decoderLogits(withLora(config, adapter.lora), both, ids_BT), [0]);
    expect(largest(adapted, wanted["adapted"]!)).toBeLessThan(1e-4);
    const merged = tf.squeeze(decoderLogits(config, mergeAdapter(config, adapter.lora, both), ids_BT), [0]);
    expect(largest(merged, wanted["merged"]!)).toBeLessThan(1e-4);
    expect(largest(merged, tf.squeeze(decoderLogits(config, base, ids_BT), [0]))).toBeGreaterThan(0.01);
  });
});

describe("adapters", () => {
  it("change nothing at first; only B has a gradient then", () => {
    const adapter = initAdapter(tinyConfig, lora, 0);
    const params = { ...tinyParams(0), ...adapter };
    const config = withLora(tinyConfig, lora);
    const ids_BT = tf.tensor2d([[3, 1, 4]], undefined, "int32");
    const difference = largest(decoderLogits(config, params, ids_BT), decoderLogits(tinyConfig, tinyParams(0), ids_BT));
    expect(difference).toBe(0);
    const batch = collate(randomExamples(2));
    const names = Object.keys(adapter);
    const loss = (...tensors: tf.Tensor[]): tf.Scalar =>
      causalLearner(config).loss(
        { ...params, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) },
        batch,
        () => nextTokenTask(batch),
      );
    const gradients = tf.grads(loss)(names.map((name) => params[name]!));
    names.forEach((name, i) => {
      const norm = at(tf.norm(gradients[i]!));
      if (name.includes("lora_A")) expect(norm).toBe(0);
      else expect(norm).toBeGreaterThan(0);
    });
  });

  it("train by the value while the base stays as it is", async () => {
    const config = withLora(tinyConfig, lora);
    const [base, adapter] = [tinyParams(0), initAdapter(tinyConfig, lora, 0)];
    const trainable = Object.keys(adapter);
    const params = { ...base, ...adapter };
    const optimizer = adamW();
    const examples = randomExamples(4);
    const { designer, value } = languageMethod("value", {
      config,
      seed: 0,
      feedback: { examples, batchSize: 2 },
      value: { subset: trainable, updateEvery: 1, designerOptimizer: optimizer, designerLearningRate: () => 1e-2 },
      designer: { layers: 1, width: 8, heads: 2, candidates: 4 },
    });
    let state = createTrainState({ params, trainable, designerParams: designer.init(0), optimizer, seed: 0 });
    const before = numbersOf(base);
    for (let step = 0; step < 3; step++) {
      const batch = collate(randomExamples(2, randomFromSeed(step)), { padToMultiple: 4 });
      const options = { learner: causalLearner(config), optimizer, learningRate: () => 1e-2, designer, value: value! };
      const { state: next, metrics } = await trainStep(state, batch, options);
      expect(metrics["value"]).toBeDefined();
      state = next;
    }
    expect(state.counters).toEqual({ meta: 3, skippedMeta: 0, skippedStep: 0 });
    expect(numbersOf(Object.fromEntries(Object.keys(base).map((name) => [name, state.params[name]!])))).toEqual(before);
    for (const name of trainable) expect(largest(state.params[name]!, adapter[name]!), name).toBeGreaterThan(0);
  });

  it("share the preconditioned direction with B while A has no Adam state", async () => {
    const config = withLora(tinyConfig, lora);
    const adapter = initAdapter(tinyConfig, lora, 0);
    const names = Object.keys(adapter);
    const optimizer = adamW();
    const learner = causalLearner(config);
    const feedback = lmFeedback(config, { examples: randomExamples(4), batchSize: 4 });
    const params = { ...tinyParams(0), ...adapter };
    const start = createTrainState({ params, trainable: names, optimizer, seed: 0 });
    const step = { learner, optimizer, learningRate: () => 1e-3, designer: topKDesigner({ embeddingSize: 1 }) };
    const { state } = await trainStep(start, collate(randomExamples(2, randomFromSeed(5))), step);
    const gradient = await feedback.gradient(state.params, names, randomFromSeed(1));
    const shareOfA = (direction: Params): number => {
      const energy = (of: string): number =>
        names.filter((name) => name.includes(of)).reduce((sum, name) => sum + at(direction[name]!.square().sum()), 0);
      return energy("lora_A") / (energy("lora_A") + energy("lora_B"));
    };
    const { preconditionerDamping } = valueDefaults;
    expect(shareOfA(gradient)).toBeLessThan(0.01); // B is nearly zero, and A's gradient has it as a factor
    expect(shareOfA(optimizer.precondition(gradient, state.optimizer))).toBeGreaterThan(0.99);
    expect(shareOfA(optimizer.precondition(gradient, state.optimizer, preconditionerDamping))).toBeLessThan(0.5);
  });

  it("start at the block of the first adapter", () => {
    const adapter = initAdapter(tinyConfig, lora, 0);
    const learner = causalLearner(withLora(tinyConfig, lora));
    expect(learner.cacheFrozenActivations!(tinyParams(0), collate(randomExamples(1)), Object.keys(adapter)).from).toBe(
      1,
    );
    expect(lmFeedback(tinyConfig, { examples: randomExamples(1) })).toBeDefined();
  });

  it("without their scale are an error, not ignored", () => {
    const params = { ...tinyParams(0), ...initAdapter(tinyConfig, lora, 0) };
    const logits = () => decoderLogits(tinyConfig, params, tf.tensor2d([[1]], undefined, "int32"));
    expect(logits).toThrow("withLora");
  });

  it("go to disk and back bit for bit", async () => {
    const params = trained(tinyConfig, lora);
    const path = join(folder, "round");
    await saveAdapter(path, { config: tinyConfig, lora, params: { ...tinyParams(0), ...params }, base: "x/y" });
    const back = await loadAdapter(path, tinyConfig);
    expect(back.lora).toEqual(lora);
    expect(numbersOf(back.params)).toEqual(numbersOf(params));
    await expect(loadAdapter(path, { ...tinyConfig, hiddenSize: 8 })).rejects.toThrow("lora_A");
    writeFileSync(join(path, "adapter_config.json"), "{");
    await expect(loadAdapter(path, tinyConfig)).rejects.toThrow("is not JSON");
  });

  it.each([
    [{ peft_type: "IA3" }, "peft_type"],
    [{ use_dora: true }, "use_dora"],
    [{ bias: "all" }, "bias"],
    [{ rank_pattern: { q_proj: 2 } }, "rank_pattern"],
    [{ target_modules: ["embed_tokens"] }, "target_modules"],
    [{ r: 0 }, "r 0"],
  ])("refuse what they would get wrong: %j", (change, named) => {
    const json = { peft_type: "LORA", r: 2, lora_alpha: 4, target_modules: ["q_proj"] };
    expect(() => parseAdapterConfig({ ...json, ...change })).toThrow(named);
    expect(parseAdapterConfig({ ...json, use_rslora: true }).alpha).toBeCloseTo(4 * Math.SQRT2);
  });
});

const python = pythonWith("torch", "transformers", "peft");
describe.skipIf(python === undefined)("what is written here", () => {
  it("PEFT loads, with equal logits", async () => {
    const config = { ...tinyConfig, vocabSize: 257 };
    const base = initDecoder(config, 3);
    const adapter = trained(config, lora);
    const [modelAt, adapterAt] = [join(folder, "base"), join(folder, "adapter")];
    await saveLanguageModel(modelAt, { config, params: base, tokenizer: byteTokenizer() });
    await saveAdapter(adapterAt, { config, lora, params: adapter, base: modelAt });
    const ids = byteTokenizer().encode("2 + é = ?");
    const { logits } = pythonLogits(python!, modelAt, ids, adapterAt);
    const ours = decoderLogits(withLora(config, lora), { ...base, ...adapter }, tf.tensor2d([ids], undefined, "int32"));
    expect(largest(tf.squeeze(ours, [0]), tf.tensor2d(logits as number[][]))).toBeLessThan(1e-4);
  });
});
if (python === undefined) console.warn("skipped: no Python with torch, transformers and peft; set VPT_PYTHON to one");
