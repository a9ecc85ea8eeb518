import { describe, expect, it } from "vitest";
import { randomFromSeed } from "@vpt/core";
import { sampleToken } from "./sample-token.js";

const logits = Float32Array.from([0.1, 0.4, 0.3, 0.15, 0.05].map(Math.log));

const shares = (options: { readonly temperature: number; readonly topP: number }, draws = 20_000): number[] => {
  const random = randomFromSeed(0);
  const counts = Array.from(logits, () => 0);
  for (let i = 0; i < draws; i++) counts[sampleToken(logits, { ...options, random })]! += 1 / draws;
  return counts;
};

describe("sampleToken", () => {
  it("takes the likeliest at temperature 0, the first of equals", () => {
    expect(sampleToken(logits, { temperature: 0, topP: 1 })).toBe(1);
    expect(sampleToken(Float32Array.of(1, 3, 3), { temperature: 0, topP: 1 })).toBe(1);
  });
  it("draws by probability", () => {
    const expected = [0.1, 0.4, 0.3, 0.15, 0.05];
    shares({ temperature: 1, topP: 1 }).forEach((share, id) => expect(share).toBeCloseTo(expected[id]!, 1.5));
  });
  it("sharpens as p^(1/temperature)", () => {
    const squares = [0.01, 0.16, 0.09, 0.0225, 0.0025];
    shares({ temperature: 0.5, topP: 1 }).forEach((share, id) => expect(share).toBeCloseTo(squares[id]! / 0.285, 1.5));
  });
  it("keeps the smallest nucleus that holds topP", () => {
    const received = shares({ temperature: 1, topP: 0.8 }); // 0.4 + 0.3 + 0.15
    expect([received[0], received[4]]).toEqual([0, 0]);
    expect(received[1]).toBeCloseTo(0.4 / 0.85, 1.5);
    expect(shares({ temperature: 1, topP: 0.01 }, 50)[1]).toBeCloseTo(1);
  });
  it("says so when the model is broken", () => {
    expect(() => sampleToken(Float32Array.of(NaN, 1), { temperature: 0, topP: 1 })).toThrow("overflowed");
  });
});
