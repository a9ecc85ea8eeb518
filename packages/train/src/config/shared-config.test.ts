import { describe, expect, it } from "vitest";
import { parseConfig } from "./load-config.js";
import { resumableKeys, sharedConfigSchema, sharedConfigShape } from "./shared-config.js";

const schema = sharedConfigSchema(["baseline", "value"]);
const parse = (config: object) => parseConfig(schema, config, "test");

describe("the runner's own keys", () => {
  it("have a description each, and a default or may be left out", () => {
    for (const key of Object.values(sharedConfigShape)) expect(key.description).toMatch(/\w/);
    expect(parse({})).toMatchObject({
      seed: 0,
      steps: 40,
      methods: ["baseline", "value"],
      backend: { device: "auto" },
    });
  });

  it("hold every key that may change when a run resumes", () => {
    for (const key of resumableKeys) expect(Object.keys(sharedConfigShape)).toContain(key);
  });

  it.each(["10", "5 m", "1d", "min", "-3s", "1..5s"])("refuse %s between evaluations", (every) => {
    expect(() => parse({ evaluate: { every } })).toThrow("evaluate.every");
  });

  it.each([5, "60s", "0.5 min", "2h"])("take %s between evaluations", (every) => {
    expect(parse({ evaluate: { every } }).evaluate).toEqual({ every, quick: true });
  });
});

describe("match", () => {
  it("is by steps, or by seconds, of which a number may be given", () => {
    expect(parse({})).toMatchObject({ match: "steps" });
    expect(parse({ match: "seconds", matchSeconds: 90 })).toMatchObject({ match: "seconds", matchSeconds: 90 });
    expect(() => parse({ matchSeconds: 90 })).toThrow('matchSeconds": expected match: "seconds" beside it');
    expect(() => parse({ match: "tokens" })).toThrow('"match"');
  });
});

describe("methods", () => {
  const refusal = (...methods: unknown[]): string => {
    try {
      parse({ methods });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };

  it("are each there once, and none is called pretrain", () => {
    for (const methods of [["value", "value"], [{ name: "own" }, { name: "own" }], [{ name: "pretrain" }]])
      expect(refusal(...methods)).toContain('expected each method once, and none called "pretrain"');
  });

  it("of one's own have a name of their own, which is a folder", () => {
    expect(refusal({ name: "value" })).toContain("expected a name of its own for your method, not a built-in one");
    for (const name of ["../up", ".hidden", "a/b", ""]) expect(refusal({ name })).toContain("letters, digits, dots");
    expect(parse({ methods: [{ name: "my.method-2" }] }).methods).toEqual([{ name: "my.method-2" }]);
  });

  it("of one's own need all functions of a designer", () => {
    const designer = { init: () => ({}), design: () => ({}) };
    expect(refusal({ name: "own", designer })).toContain("init(), design(), baselineTask()");
    expect(refusal({ name: "own", designer: { ...designer, baselineTask: () => ({}) } })).toBe("");
  });
});
