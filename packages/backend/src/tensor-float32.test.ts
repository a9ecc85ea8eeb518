import { describe, expect, it } from "vitest";
import { activeShim } from "./internal/native-shim.js";
import { nativeUnavailable } from "./internal/native-for-tests.js";
import { useBackend } from "./use-backend.js";

const unavailable = await nativeUnavailable();

describe.skipIf(unavailable)("TensorFloat-32", () => {
  it("is off unless asked for", async () => {
    for (const [precision, allowed] of [
      ["tf32", true],
      ["f32", false],
      ["tf32", true],
      ["bf16", false],
    ] as const) {
      await useBackend({ device: "cpu", precision });
      expect(activeShim()!.tensorFloat32()).toBe(allowed);
    }
  });
});
