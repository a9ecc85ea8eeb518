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
  `export default { data: { unlabeled: { synthetic: "stream" }, feedback: { synthetic: "problems" }, test: { synthetic: "problems", split: "test" } } };`,
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
      /"data\.unlabeled\.corpus": expected either "file" or "dataset"/,
    ],
    [
      `data.unlabeled={"streaming":{"file":"a","wieght":2}}`,
      /unknown key "data\.unlabeled\.corpus\.wieght"; did you mean "weight"/,
    ],
    ["data.unlabeled.limmit=3", /unknown key "data\.unlabeled\.limmit"; did you mean "limit"/],
    ['data.feedback=[{"templated":"problems","sed":1}]', /unknown key "data\.feedback\.0\.sed"; did you mean "seed"/],
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
