import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadStudies, loadStudy } from "./load-study.js";
import { studies } from "./registry.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-studies-"));
const fileOf = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

it("has the studies of the package, each with its scales", async () => {
  expect(await loadStudies()).toBe(studies);
  expect(Object.keys(studies)).toEqual(expect.arrayContaining(["ablation", "main-vision", "main-language", "probe"]));
  expect((await loadStudy("ablation")).scales).toEqual(["tiny", "small"]);
  expect((await loadStudy("tokens")).scales).toEqual(["tiny", "small", "paper"]);
  await expect(loadStudy("ablatoin")).rejects.toThrow(/"ablatoin" is no study; expected one of ablation, /);
});

it("takes the studies of a module in TypeScript", async () => {
  const own = fileOf(
    "own.ts",
    `const scales: readonly string[] = ["tiny"]; export const studies = { mine: async () => ({ scales }) };`,
  );
  expect((await loadStudy("mine", own)).scales).toEqual(["tiny"]);
  await expect(loadStudy("ablation", own)).rejects.toThrow(/"ablation" is no study of .*own\.ts; expected one of mine/);
});

it("says what a module lacks", async () => {
  await expect(loadStudies(join(folder, "nowhere.ts"))).rejects.toThrow(/--module .*nowhere\.ts: no such file/);
  await expect(loadStudies(fileOf("none.mjs", "export const other = {};"))).rejects.toThrow(/received no such export/);
  await expect(loadStudies(fileOf("wrong.mjs", "export const studies = { a: 1 };"))).rejects.toThrow(
    /expected an export "studies", an object of functions/,
  );
});
