import { provisionRuntime } from "../provision-runtime.js";

/**
 * For tests that need the native runtime: puts it in place (one shared download, then from the cache).
 * @returns Why it cannot be, for `describe.skipIf`; undefined when it is there.
 */
export const nativeUnavailable = async (): Promise<string | undefined> => {
  try {
    await provisionRuntime({ device: "cpu" });
    return undefined;
  } catch (error) {
    const reason = (error as Error).message;
    console.warn(`Skipping tests on TensorFlow's native runtime. ${reason}`);
    return reason;
  }
};
