import * as tf from "@tensorflow/tfjs";

/** Backends to run a suite on: cpu always; wasm and TensorFlow's own when `@vpt/backend` can load them here. */
export const backends: readonly (readonly [name: string, use: () => Promise<unknown>])[] = [
  ["cpu", () => tf.setBackend("cpu")],
  ...(await loaded("wasm", "wasm")),
  ...(await loaded("cpu", "tensorflow")),
];

async function loaded(device: "cpu" | "wasm", name: string): Promise<[string, () => Promise<unknown>][]> {
  try {
    const { useBackend } = await import("@vpt/backend");
    await useBackend({ device });
    if (tf.getBackend() !== name) throw new Error(`useBackend chose '${tf.getBackend()}'`);
    return [[name, () => tf.setBackend(name)]];
  } catch (error) {
    console.warn(`${name} is not available, so its suite is skipped: ${(error as Error).message}`);
    return [];
  }
}
