import * as tf from "@tensorflow/tfjs";

/** Backends to run a suite on: cpu always; TensorFlow's own when `@vpt/backend` can load it here. */
export const backends: readonly (readonly [name: string, use: () => Promise<unknown>])[] = [
  ["cpu", () => tf.setBackend("cpu")],
  ...(await native()),
];

async function native(): Promise<[string, () => Promise<unknown>][]> {
  try {
    const { useBackend } = (await import("@vpt/backend")) as {
      useBackend?: (options: { device: "cpu" }) => Promise<unknown>;
    };
    if (!useBackend) throw new Error("@vpt/backend has no useBackend");
    await useBackend({ device: "cpu" });
    const name = tf.getBackend();
    if (name !== "tensorflow") throw new Error(`useBackend chose '${name}'`);
    return [["tensorflow", () => tf.setBackend(name)]];
  } catch (error) {
    console.warn(`TensorFlow's runtime is not available, so its suite is skipped: ${(error as Error).message}`);
    return [];
  }
}
