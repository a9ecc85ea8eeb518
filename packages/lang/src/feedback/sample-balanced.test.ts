import { randomFromSeed } from "@vpt/core";
import { expect, it } from "vitest";
import { sampleBalanced } from "./sample-balanced.js";
import { sampleRows } from "./sample-rows.js";

const row = (domain?: number) => ({
  ids: new Int32Array(1),
  labels: new Int32Array(1),
  lossMask: new Uint8Array(1),
  ...(domain !== undefined && { domain }),
});

it("takes as many rows of each domain, whatever their sizes, and none twice", () => {
  const examples = [
    ...Array.from({ length: 90 }, () => row(0)),
    ...Array.from({ length: 10 }, () => row(1)),
    ...Array.from({ length: 50 }, () => row(2)),
  ];
  const odd = [0, 0, 0];
  for (let seed = 0; seed < 60; seed++) {
    const drawn = sampleBalanced(examples, 8, randomFromSeed(seed));
    expect(new Set(drawn).size).toBe(8);
    const counts = [0, 1, 2].map((domain) => drawn.filter((example) => example.domain === domain).length);
    expect([...counts].sort()).toEqual([2, 3, 3]);
    odd[counts.indexOf(2)]!++;
  }
  for (const each of odd) expect(each).toBeGreaterThan(8);
});

it("is the plain draw where there is one domain", () => {
  const examples = Array.from({ length: 20 }, () => row());
  expect(sampleBalanced(examples, 5, randomFromSeed(1))).toEqual(sampleRows(examples, 5, randomFromSeed(1)));
});
