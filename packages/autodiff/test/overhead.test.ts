// What a tangent costs. Run: VPT_BENCH=1 npx vitest run packages/autodiff/test/overhead
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { hvp, jvp } from "../src/index.js";
import { backends } from "./backends.js";

// Axes: B batch, T tokens, D width, H heads, V vocabulary
const [B, T, D, H, V, layers] = [2, 128, 256, 4, 16384, 2];
type Weights = Readonly<Record<string, tf.Tensor>>;

const norm = (x: tf.Tensor, gain: tf.Tensor) =>
  tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), gain);
const linear = (x: tf.Tensor, w: tf.Tensor) => tf.reshape(tf.matMul(tf.reshape(x, [-1, w.shape[0]!]), w), [B, T, -1]);
const heads = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [B, T, H, D / H]), [0, 2, 1, 3]);

/** Next-token loss of a pre-norm transformer with SwiGLU. */
function loss(w: Weights, ids: tf.Tensor, next_NV: tf.Tensor): tf.Tensor {
  let x = tf.gather(w["embed"]!, ids);
  for (let i = 0; i < layers; i++) {
    const of = (name: string) => w[`${i}.${name}`]!;
    const y = norm(x, of("norm1"));
    const scores = tf.mul(
      tf.matMul(heads(linear(y, of("q"))), heads(linear(y, of("k"))), false, true),
      (D / H) ** -0.5,
    );
    const mixed = tf.matMul(tf.softmax(scores), heads(linear(y, of("v"))));
    x = tf.add(x, linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B, T, D]), of("o")));
    const z = norm(x, of("norm2"));
    const gate = linear(z, of("gate"));
    x = tf.add(x, linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(z, of("up"))), of("down")));
  }
  const logits_NV = tf.matMul(tf.reshape(norm(x, w["norm"]!), [-1, D]), w["embed"]!, false, true);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits_NV), next_NV), -1)));
}

function weights(seed: number, scale: number): Weights {
  const matrix = (shape: number[], i: number) => tf.randomNormal(shape, 0, scale, "float32", seed + i);
  const layer = (i: number): [string, tf.Tensor][] => [
    ...["q", "k", "v", "o"].map((name, j): [string, tf.Tensor] => [`${i}.${name}`, matrix([D, D], 10 * i + j)]),
    ...["gate", "up"].map((name, j): [string, tf.Tensor] => [`${i}.${name}`, matrix([D, 3 * D], 10 * i + 5 + j)]),
    [`${i}.down`, matrix([3 * D, D], 10 * i + 8)],
    [`${i}.norm1`, tf.ones([D])],
    [`${i}.norm2`, tf.ones([D])],
  ];
  const all = Array.from({ length: layers }, (_, i) => layer(i)).flat();
  return Object.fromEntries([["embed", matrix([V, D], 99)], ["norm", tf.ones([D])], ...all]);
}

/** Fastest of a few runs, in ms. */
function time(f: () => tf.Tensor): number {
  const once = () =>
    tf.tidy(() => {
      const start = performance.now();
      f().dataSync();
      return performance.now() - start;
    }) as unknown as number;
  once();
  return Math.min(...Array.from({ length: 7 }, once));
}

describe.runIf(process.env["VPT_BENCH"])("jvp overhead", () => {
  it.each(backends.filter(([name]) => name !== "cpu"))("%s", async (name, use) => {
    await use();
    tf.tidy(() => {
      const [w, v] = [weights(1, 0.05), weights(500, 0.05)];
      const ids = tf.randomUniform([B, T], 0, V, "int32", 3);
      const next_NV = tf.oneHot(tf.randomUniform([B * T], 0, V, "int32", 4), V);
      const f = (ws: Weights) => loss(ws, ids, next_NV);
      const pick = (part: RegExp) => Object.fromEntries(Object.entries(v).filter(([key]) => part.test(key)));
      const [lastLayer, allButEmbed] = [pick(/^1\.|^norm/), pick(/^\d|^norm/)];
      const forward = time(() => f(w));
      const gradient = () =>
        tf.grads((...ws: tf.Tensor[]) => f(Object.fromEntries(Object.keys(w).map((key, i) => [key, ws[i]!]))))(
          Object.values(w),
        )[0]!;
      const rows = {
        forward,
        gradient: time(gradient),
        "jvp, last layer": time(() => jvp(f, w, lastLayer).tangent),
        "jvp, all but embedding": time(() => jvp(f, w, allButEmbed).tangent),
        "jvp, all": time(() => jvp(f, w, v).tangent),
        "central difference, all": time(() => tf.sub(f(move(w, v, 1e-3)), f(move(w, v, -1e-3)))),
        "hvp, last layer": time(() => hvp(f, w, lastLayer)["embed"]!),
        "hvp, all": time(() => hvp(f, w, v)["embed"]!),
      };
      console.table(
        Object.entries(rows).map(([what, ms]) => ({
          backend: name,
          what,
          ms: Math.round(ms),
          forwards: +(ms / forward).toFixed(2),
        })),
      );
      expect(Object.values(rows).every(Number.isFinite)).toBe(true);
    });
  });
});

const move = (w: Weights, v: Weights, step: number): Weights =>
  Object.fromEntries(Object.entries(w).map(([name, x]) => [name, tf.add(x, tf.mul(v[name]!, step))]));
