// Times a training step of a small transformer, eager and compiled: `node tools/time-step.mjs` after a build (see README).
import * as tf from "@tensorflow/tfjs";
import { compile } from "../src/compile/compile.js";
import { smallTransformer, trainStep, type StepResult } from "../src/internal/small-transformer.js";
import { useBackend } from "../src/use-backend.js";

const shape = { layers: 4, width: 256, heads: 8, vocabulary: 8192 };
const [batch, tokens, repeats] = [4, 128, 20];

const info = await useBackend({ device: "cpu" });
const weights = smallTransformer(shape);
const ids = tf.randomUniform([batch * tokens], 0, shape.vocabulary, "int32", 1) as tf.Tensor1D;
const step = trainStep(shape, batch, 0.1);

const time = (name: string, f: (...args: Parameters<typeof step>) => StepResult): void => {
  const durations: number[] = [];
  let loss = 0;
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    const result = tf.tidy(() => f(weights, ids, ids) as unknown as tf.TensorContainerObject) as unknown as StepResult;
    loss = result.loss.dataSync()[0]!;
    durations.push(performance.now() - started);
    tf.dispose(result as unknown as tf.TensorContainer);
  }
  const sorted = durations.slice(3).sort((a, b) => a - b);
  console.log(
    `${name}: median ${sorted[sorted.length >> 1]!.toFixed(0)} ms, loss ${loss}, first call ${durations[0]!.toFixed(0)} ms`,
  );
};

console.log(info);
time("eager", step);
time("compiled", compile(step));
time("compiled, bf16", compile(step, { precision: "bf16" }));
if (process.argv.includes("--xla")) time("compiled, XLA", compile(step, { xla: true }));
