import { describe, expect, it } from "vitest";
import { describeHours, hoursOf } from "./hours.js";

describe("hoursOf", () => {
  it("divides operations by each machine's rate", () => {
    const hours = hoursOf(3600 * 6e10);
    expect(hours["two cores"]).toBe(1);
    expect(hours["one H100, float32 products as TF32"]).toBeCloseTo(5e-4, 12);
  });

  it("says that they are assumed, and the rates", () => {
    expect(describeHours(hoursOf(3600 * 6e10))).toBe(
      "- Hours, all methods, assumed: 0.00050 at 120 TFLOP/s (one H100, float32 products as TF32); " +
        "1.0 at 60.0 GFLOP/s (two cores).",
    );
  });
});
