import { expect, it } from "vitest";
import { changedKeys, mayChange } from "./changed-keys.js";

it("names every key that differs, also one that only one side has", () => {
  const saved = { steps: 3, learner: { rate: 1, clip: 2 }, methods: ["a"], old: true };
  const now = { steps: 3, learner: { rate: 2, clip: 2 }, methods: ["a", "b"], fresh: 1 };
  expect(changedKeys(saved, now)).toEqual([
    { key: "learner.rate", saved: 1, now: 2 },
    { key: "methods", saved: ["a"], now: ["a", "b"] },
    { key: "old", saved: true, now: undefined },
    { key: "fresh", saved: undefined, now: 1 },
  ]);
  expect(changedKeys(saved, saved)).toEqual([]);
});

it.each([
  ["saveEvery", 3, 5, true],
  ["evaluate.every", undefined, 5, true],
  ["steps", 3, 5, true],
  ["steps", 5, 3, false],
  ["data.test.file", "/a/x.jsonl", "/b/x.jsonl", true],
  ["data.test.file", "/a/x.jsonl", undefined, false],
  ["learner.learningRate", 1, 2, false],
])("%s from %j to %j may change: %j", (key, saved, now, allowed) => {
  expect(mayChange({ key, saved, now })).toBe(allowed);
});
