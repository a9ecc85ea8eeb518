import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { loadLanguageModel, lastBlockParameters, tinyLanguageModel } from "@vpt/lang";
import { runCommand } from "citty";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { tensorFile } from "@vpt/weights";
import { exportCommand } from "./export.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-export-"));
beforeAll(async () => void (await tf.setBackend("cpu")));
afterAll(() => rmSync(folder, { recursive: true }));
const run = (...rawArgs: string[]) => runCommand(exportCommand, { rawArgs: [...rawArgs, "--device", "js"] });

it("writes the base with what the newest checkpoint trained", async () => {
  const [at, out] = [join(folder, "run"), join(folder, "model")];
  mkdirSync(join(at, "baseline", "checkpoints"), { recursive: true });
  const config = { model: "tiny", seed: 2, methods: ["baseline"], keepCheckpoints: 2 };
  writeFileSync(join(at, "config.json"), JSON.stringify(config));
  const base = tinyLanguageModel(2);
  const trainable = lastBlockParameters(base.config, 1);
  const moved = Object.fromEntries(trainable.map((name) => [name, base.params[name]!.add(1)]));
  const state = createTrainState({ params: { ...base.params, ...moved }, trainable, optimizer: adamW(), seed: 0 });
  await expect(run("--run", at, "--out", out)).rejects.toThrow("no whole checkpoint");
  await createCheckpoints(join(at, "baseline", "checkpoints"), tensorFile, { keep: 2 }).save({
    state: { ...state, step: 7 },
    data: null,
  });
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  await run("--run", at, "--out", out, "--json");
  expect(JSON.parse(String(print.mock.calls.at(-1)![0]))).toEqual({ out, method: "baseline", step: 7, dtype: "f32" });
  await run("--run", at, "--out", join(folder, "seven"), "--step", "7");
  await expect(run("--run", at, "--out", join(folder, "six"), "--step", "6")).rejects.toThrow("--step 6: no whole");
  print.mockRestore();
  const back = await loadLanguageModel(out);
  for (const [name, tensor] of Object.entries(back.params)) {
    const expected = moved[name] ?? base.params[name]!;
    expect(tf.max(tf.abs(tf.sub(tensor, expected))).dataSync()[0], name).toBe(0);
  }
});

it("names what is wrong", async () => {
  await expect(run("--run", folder, "--out", "x")).rejects.toThrow("no config.json");
  const at = join(folder, "two");
  mkdirSync(at);
  writeFileSync(join(at, "config.json"), JSON.stringify({ model: "tiny", seed: 0, methods: ["baseline", "tilt"] }));
  await expect(run("--run", at, "--out", "x")).rejects.toThrow("--method: expected one of baseline, tilt");
  await expect(run("--run", at, "--method", "sft", "--out", "x")).rejects.toThrow('"sft"');
});
