// Times a training step of a small transformer, eager and compiled. From the root, after a build and `npx vpt setup`:
// npx esbuild packages/backend/tools/time-step.ts --bundle --platform=node --format=esm --packages=external
// --outfile=packages/backend/dist/time-step.mjs
//   node packages/backend/dist/time-step.mjs [--xla]
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

const variants = {
  eager: step,
  compiled: compile(step),
  "compiled, bf16": compile(step, { precision: "bf16" }),
  ...(process.argv.includes("--xla") && { "compiled, XLA": compile(step, { xla: true }) }),
};
console.log(info);
const durations = Object.keys(variants).map((): number[] => []);
const losses: number[] = [];
for (let i = 0; i < repeats; i++)
  for (const [j, f] of Object.values(variants).entries()) {
    const started = performance.now();
    const result = tf.tidy(() => f(weights, ids, ids) as unknown as tf.TensorContainerObject) as unknown as StepResult;
    losses[j] = result.loss.dataSync()[0]!;
    durations[j]!.push(performance.now() - started);
    tf.dispose(result as unknown as tf.TensorContainer);
  }
for (const [j, name] of Object.keys(variants).entries()) {
  const [first] = durations[j]!;
  const sorted = durations[j]!.slice(3).sort((a, b) => a - b);
  const [best, median] = [sorted[0]!, sorted[sorted.length >> 1]!];
  console.log(
    `${name}: median ${median.toFixed(0)} ms, best ${best.toFixed(0)}, first ${first!.toFixed(0)}, loss ${losses[j]}`,
  );
}
