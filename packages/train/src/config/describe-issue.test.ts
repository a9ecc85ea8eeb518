import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeIssue } from "./describe-issue.js";
import { renamedKeys } from "./renamed-keys.js";

const file = z.strictObject({ file: z.string(), limit: z.int().positive().optional() });
const made = z.strictObject({ synthetic: z.enum(["problems", "stream"]), seed: z.int().optional() });
const schema = z.strictObject({
  steps: z.int().positive().default(4),
  methods: z.array(z.string()).default([]),
  data: z.strictObject({ test: z.union([file, made]) }).optional(),
  value: z.strictObject({ updateEvery: z.int(), decay: z.number().max(1) }).optional(),
});
const said = (config: unknown): string => {
  const { error } = schema.safeParse(config);
  return describeIssue(error!.issues[0]!, config, schema);
};

describe("describeIssue", () => {
  it("names the key, what was expected and what was received", () => {
    expect(said({ steps: "ten" })).toBe('"steps": expected number, received "ten"');
    expect(said({ value: { updateEvery: 1, decay: 2 } })).toBe(
      '"value.decay": Too big: expected number to be <=1, received 2',
    );
    expect(said({ value: { decay: 1 } })).toBe('"value.updateEvery": expected number, received nothing');
  });

  it("gives the place in a list, and cuts a long value", () => {
    expect(said({ methods: ["a", 3] })).toBe('"methods.1": expected string, received 3');
    const text = said({ steps: "x".repeat(500) });
    expect(text.endsWith(`${"x".repeat(199)}…`)).toBe(true);
  });

  it("suggests the key nearest to an unknown one, and lists what there is in order", () => {
    expect(said({ setps: 3 })).toBe(
      'unknown key "setps"; did you mean "steps"? the configuration has data, methods, steps, value',
    );
    expect(said({ value: { updateEvery: 1, decay: 1, nothingLikeIt: 1 } })).toBe(
      'unknown key "value.nothingLikeIt"; "value" has decay, updateEvery',
    );
  });

  it("says the new name of a key that was renamed", () => {
    expect(said({ value: { updateEvery: 1, decay: 1, period: 3 } })).toBe(
      'unknown key "value.period"; it is now called updateEvery; "value" has decay, updateEvery',
    );
  });

  it("speaks of the branch of a union that fits best", () => {
    expect(said({ data: { test: { file: "a", limit: -1 } } })).toBe(
      '"data.test.limit": Too small: expected number to be >0, received -1',
    );
    expect(said({ data: { test: { synthetic: "poems" } } })).toMatch(
      /^"data\.test\.synthetic": Invalid option: expected one of "problems"\|"stream", received "poems"$/,
    );
  });

  it("says which keys of two branches cannot be combined", () => {
    expect(said({ data: { test: { file: "a", seed: 1 } } })).toBe(
      '"data.test": "seed" cannot be combined with "file"; remove one of them',
    );
  });
});

describe("renamedKeys", () => {
  it("sends no key to itself, and none to another old name of the same section", () => {
    for (const [old, renamed] of Object.entries(renamedKeys)) expect(renamed).not.toBe(old);
  });

  it("is no answer for a name that every object has", () => {
    expect(said({ toString: 1 })).not.toContain("now called");
  });
});
