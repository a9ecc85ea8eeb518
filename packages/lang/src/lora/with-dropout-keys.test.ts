import * as tf from "@tensorflow/tfjs";
import { pick, type Params } from "@vpt/core";
import { dropoutMask } from "@vpt/nn";
import { beforeAll, describe, expect, it } from "vitest";
import { causalLearner, nextTokenTask } from "../causal-learner.js";
import { exampleBatches } from "../example-batches.js";
import type { LanguageBatch } from "../language-batch.js";
import { dropoutColumns } from "../model/dropout-columns.js";
import { at } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { initAdapter } from "./init-adapter.js";
import { withDropoutKeys } from "./with-dropout-keys.js";
import { withLora, type LoraConfig } from "./lora-config.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const lora: LoraConfig = { rank: 2, alpha: 3, dropout: 0.4 };
const config = withLora(tinyConfig, lora);
const fresh = initAdapter(tinyConfig, lora, 0);
// B of zeros would hide what is dropped
const adapter: Params = Object.fromEntries(
  Object.entries(fresh).map(([name, tensor], i) => [
    name,
    name.includes("lora_B") ? tf.randomNormal(tensor.shape, 0, 0.3, "float32", i) : tensor,
  ]),
);
const params = { ...tinyParams(0), ...adapter };
const rows = randomExamples(5);
const source = (seed = 0) => withDropoutKeys(exampleBatches(rows, { batchSize: 2, seed: 3 }), { seed });
const lossOf = (batch: LanguageBatch, given = config, of: Params = params): number =>
  at(causalLearner(given).loss(of, batch, () => nextTokenTask(batch)));

describe("dropout of adapters", () => {
  it("is in the loss where the batch has keys, and not after `still`", async () => {
    const batch = (await source().next())!;
    const still = causalLearner(config).metaBatch!(batch);
    expect(still.dropout_R2).toBeUndefined();
    expect(lossOf(batch)).not.toBe(lossOf(still));
    expect(lossOf(batch)).toBe(lossOf(batch));
    expect(lossOf(still)).toBe(lossOf(still, withLora(tinyConfig, { ...lora, dropout: 0 })));
    expect(lossOf(batch, withLora(tinyConfig, { ...lora, dropout: 0 }))).toBe(lossOf(still));
    expect(causalLearner(config).metaBatch!(still)).toBe(still);
  });

  it("drops what enters A, scaled so that the mean stays: against the products written out", async () => {
    const { dropout_R2 } = (await source().next())!;
    const name = "model.layers.0.self_attn.q_proj.weight";
    const mask = dropoutMask(dropout_R2!, dropoutColumns(name, 16), 0.4);
    const kept = tf.cast(tf.greater(mask, 0), "float32");
    expect(at(kept.mean())).toBeGreaterThan(0.5);
    expect(at(kept.mean())).toBeLessThan(0.7);
    expect(at(tf.max(mask))).toBeCloseTo(1 / 0.6, 4);
    const other = dropoutMask(dropout_R2!, dropoutColumns("model.layers.0.self_attn.k_proj.weight", 16), 0.4);
    expect(at(tf.abs(tf.sub(mask, other)).sum())).toBeGreaterThan(0);
  });

  it("has the gradient of its finite differences", async () => {
    const batch = (await source().next())!;
    const name = Object.keys(adapter).find((each) => each.includes("1.mlp.down_proj.lora_A"))!;
    const loss = (a: tf.Tensor): tf.Scalar =>
      causalLearner(config).loss({ ...params, [name]: a }, batch, () => nextTokenTask(batch));
    const gradient = tf.grad(loss)(params[name]!);
    const step = tf.randomNormal(gradient.shape, 0, 1, "float32", 7);
    const along = at(tf.sum(tf.mul(gradient, step)));
    const moved = (h: number): number => at(loss(tf.add(params[name]!, tf.mul(step, h))));
    expect((moved(0.02) - moved(-0.02)) / 0.04).toBeCloseTo(along, 3);
  });

  it("is the same after a stop, and another with another seed", async () => {
    const keys = async (of: ReturnType<typeof source>) => [...(await of.next())!.dropout_R2!.dataSync()];
    const whole = source();
    const [first, second] = [await keys(whole), await keys(whole)];
    expect(first).not.toEqual(second);
    const cut = source();
    await cut.next();
    const saved: unknown = JSON.parse(JSON.stringify(cut.state()));
    const again = source();
    await again.restore(saved);
    expect(await keys(again)).toEqual(second);
    expect(await keys(source(1))).not.toEqual(first);
    await expect(again.restore({ drawn: "x" })).rejects.toThrow("expected a saved state");
  });

  it("leaves blocks below the first adapter alone: the prefix is the same with keys", async () => {
    const batch = (await source().next())!;
    const top = pick(
      adapter,
      Object.keys(adapter).filter((name) => name.includes(".1.")),
    );
    const learner = causalLearner(config);
    const of = { ...tinyParams(0), ...top };
    const started = learner.cacheFrozenActivations!(of, batch, Object.keys(top));
    expect(started.dropout_R2).toBe(batch.dropout_R2);
    expect(lossOf(started, config, of)).toBeCloseTo(lossOf(batch, config, of), 6);
  });
});
