import * as tf from "@tensorflow/tfjs";
import { it } from "vitest";
it("x", async () => {
  await tf.setBackend("cpu");
  const x = tf.scalar(2);
  const n = () => tf.memory().numTensors;
  const tryIt = (what: string, f: () => void) => { const b = n(); try { f(); } catch (e) { console.log(what, n() - b, (e as Error).message); } };
  tryIt("grads", () => tf.tidy(() => tf.grads((y: tf.Tensor) => { y.mul(3).exp(); throw new Error("a"); })([x])));
  tryIt("valueAndGrad", () => tf.tidy(() => tf.valueAndGrad((y: tf.Tensor) => { y.mul(3).exp(); throw new Error("b"); })(x)));
  tryIt("custom", () => tf.tidy(() => tf.customGrad((y) => { (y as tf.Tensor).mul(3).exp(); throw new Error("c"); })(x)));
  tryIt("nothing on tape", () => tf.tidy(() => tf.valueAndGrad((y: tf.Tensor) => { throw new Error("d"); })(tf.scalar(0))));
  const { jvp, detached } = await import("@vpt/autodiff");
  tryIt("jvp", () => jvp((y: tf.Tensor) => { y.mul(3).exp(); throw new Error("e"); }, x, x));
  tryIt("detached", () => tf.tidy(() => tf.valueAndGrad((y: tf.Tensor) => { const z = y.mul(3); detached(() => { z.exp(); throw new Error("f"); }); return z as tf.Scalar; })(x)));
  tryIt("tidy scope", () => tf.tidy(() => tf.tidy(() => { x.mul(2); throw new Error("g"); })));
});
