import { describe, expect, it } from "vitest";
import { short } from "./short.js";

describe("short", () => {
  it.each([
    [0, "0.00"],
    [0.5, "0.500"],
    [7, "7.00"],
    [999, "999"],
    [1000, "1.00 k"],
    [1234, "1.23 k"],
    [98_765, "98.8 k"],
    [494_032_768, "494 M"],
    [1.189e15, "1.19 P"],
  ])("writes %d as %s", (value, text) => {
    expect(short(value)).toBe(text);
  });

  it("takes the next prefix where three digits round up to it", () => {
    expect([999.6, 999_600, 999.9e9].map((value) => short(value))).toEqual(["1.00 k", "1.00 M", "1.00 T"]);
  });

  it("puts the prefix before the unit", () => {
    expect(short(1.2e14, "FLOP/s")).toBe("120 TFLOP/s");
    expect(short(12, "B")).toBe("12.0 B");
  });

  it("is within half a unit of the third digit, for any size", () => {
    const prefixes = ["", "k", "M", "G", "T", "P", "E"];
    for (let exponent = 0; exponent < 20; exponent += 0.37) {
      const [number, prefix = ""] = short(10 ** exponent).split(" ");
      const read = Number(number) * 1000 ** prefixes.indexOf(prefix);
      expect(Math.abs(read / 10 ** exponent - 1)).toBeLessThanOrEqual(0.005);
    }
  });
});
