import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseRunConfig } from "../language/config.js";
import { loadConfigFile } from "./load-config.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "run.config.mjs");
writeFileSync(
  path,
  `export default { data: { unlabeled: { synthetic: "stream" }, feedback: { synthetic: "problems" ` +
    `}, test: { synthetic: "problems", split: "test" } } };`,
);
const load = async (...set: string[]) => parseRunConfig(await loadConfigFile(path, set), "run.config.mjs");

describe("a configuration", () => {
  it.each([
    ["steps=1e400", /"steps": .*received/],
    ["steps=NaN", /"steps": .*received "NaN"/],
    ["steps=-0", /"steps": .*received 0/],
    ["seed=9007199254740993", /"seed"/],
    ["learner.learningRate=1e400", /"learner\.learningRate"/],
    ["value.feedbackEmaDecay=1.5", /"value\.feedbackEmaDecay": .*received 1\.5/],
    ["learner.lora.dropout=1", /"learner\.lora\.dropout": .*received 1/],
    ["__proto__.steps=3", /--set __proto__\.steps=3: no such key/],
    ["data.constructor.prototype.x=1", /no such key/],
    ['data={"__proto__":{"polluted":true}}', /"data/],
    ['learner={"__proto__":{"lora":{}},"learningRat":1}', /unknown key "learner\./],
    [`value=${"[".repeat(200_000)}`, /"value": .*received/],
    [`model=${JSON.stringify({ a: { b: { c: 1 } } })}`, /"model": .*received/],
    ["data.unlabeled.synthetic=nothing", /"data\.unlabeled\.synthetic": .*received "nothing"/],
    [`data.unlabeled={"streaming":{"file":"a"},"packing":"tight"}`, /"data\.unlabeled\.packing": .*received "tight"/],
    [
      `data.unlabeled={"streaming":{"file":"a","dataset":"b/c"}}`,
      /"data\.unlabeled\.streaming": expected either "file" or "dataset"/,
    ],
    [
      `data.unlabeled={"streaming":{"file":"a","wieght":2}}`,
      /unknown key "data\.unlabeled\.streaming\.wieght"; did you mean "weight"/,
    ],
    ["data.unlabeled.limmit=3", /unknown key "data\.unlabeled\.limmit"; did you mean "limit"/],
    ['data.feedback=[{"synthetic":"problems","sed":1}]', /unknown key "data\.feedback\.0\.sed"; did you mean "seed"/],
    ['data.feedback={"file":"a","strip":"("}', /expected a regular expression/],
    ["=3", /expected key=value/],
  ])("is refused with one clear line: %#", async (set, message) => {
    const error = await load(set).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.name).toBe("VptError");
    expect(error?.message).toMatch(message);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["steps"]).toBeUndefined();
  });

  it("that does not load says so", async () => {
    const broken = join(folder, "broken.mjs");
    writeFileSync(broken, "export default {");
    await expect(loadConfigFile(broken)).rejects.toThrow(/broken\.mjs: does not load/);
    await expect(loadConfigFile(join(folder, "nowhere.mjs"))).rejects.toThrow("no such file");
  });
});

describe("an unknown key", () => {
  const parse = (config: object) => () => parseRunConfig(config, "a.ts");
  it("lists the section's keys beside the nearest one", () => {
    expect(parse({ tilt: { gat: 1 } })).toThrow(
      'config a.ts: unknown key "tilt.gat"; did you mean "gate"? "tilt" has candidates, gate, strength',
    );
  });
  it("that was renamed names the new one", () => {
    expect(parse({ arms: ["value"] })).toThrow('unknown key "arms"; it is now called methods; the configuration has');
    expect(parse({ value: { period: 2 } })).toThrow('"value.period"; it is now called updateEvery;');
  });
});

describe("a method of the user's own", () => {
  const data = {
    unlabeled: { synthetic: "stream" },
    feedback: { synthetic: "problems" },
    test: { synthetic: "stream" },
  };
  it("keeps its functions, through a file too", async () => {
    const own = join(folder, "own.config.mjs");
    writeFileSync(
      own,
      `export const feedback = { gradient: () => ({}) };
       export default { methods: ["baseline", { name: "mine", feedback }], data: ${JSON.stringify(data)} };`,
    );
    const { methods } = parseRunConfig(await loadConfigFile(own, ["steps=2"]), "own");
    expect(methods[1]).toMatchObject({ name: "mine", feedback: { gradient: expect.any(Function) } });
  });
  it("is refused with what it lacks, under a taken name, or twice", () => {
    const of = (...methods: unknown[]) => parseConfigOf({ methods, data });
    const parseConfigOf = (config: object) => () => parseRunConfig(config, "a.ts");
    expect(of({ name: "mine", designer: {} })).toThrow("expected a designer, an object with init(), design()");
    expect(of({ name: "value" })).toThrow("a name of its own");
    expect(of("baseline", "baseline")).toThrow("each method once");
  });
});

it("resolves paths against the configuration's own folder", () => {
  const data = {
    unlabeled: { streaming: { file: "a.jsonl" } },
    feedback: [{ file: "/b.jsonl" }],
    test: { x: { file: "c.jsonl" } },
  };
  const run = parseRunConfig({ model: "tiny", data }, "a.ts", "/somewhere");
  expect(run.data.unlabeled).toMatchObject({ streaming: { file: "/somewhere/a.jsonl" } });
  expect(run.data.feedback).toMatchObject([{ file: "/b.jsonl" }]);
  expect(run.data.test).toMatchObject({ x: { file: "/somewhere/c.jsonl" } });
  expect(run.model).toBe("tiny");
  expect(parseRunConfig({ model: "./m", data }, "a.ts", "/somewhere").model).toBe("/somewhere/m");
});
