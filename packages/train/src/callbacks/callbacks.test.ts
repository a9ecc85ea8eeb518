import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepMetrics, TrainState } from "@vpt/core";
import { appendLog, readLog } from "@vpt/core/run";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MethodInfo, StepEvent } from "../run-callback.js";
import { alarms } from "./alarms.js";
import { artifactWriter } from "./artifact-writer.js";
import { metricsLog } from "./metrics-log.js";
import { progressLine } from "./progress-line.js";
import { skippedSamplesLog } from "./skipped-samples-log.js";
import { stepLog } from "./step-log.js";
import { timingsLog } from "./timings-log.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vpt-callbacks-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stateAt = (step: number, more: object = {}): TrainState => ({ step, params: {}, ...more }) as never;
const info = (step = 0, more: Partial<MethodInfo> = {}): MethodInfo => ({
  method: "value",
  folder,
  steps: 10,
  unitsPerStep: 8,
  unit: "tokens",
  state: stateAt(step),
  resumed: step > 0,
  ...more,
});
const event = (step: number, more: Partial<StepEvent> = {}): StepEvent => ({
  method: "value",
  folder,
  step,
  steps: 10,
  metrics: { loss: 1 / (step + 1) } as StepMetrics,
  extraMetrics: {},
  seconds: 0.5,
  dataSeconds: 0.25,
  compiled: false,
  units: 8,
  unit: "tokens",
  state: stateAt(step + 1),
  previous: stateAt(step),
  ...more,
});
const lines = (name: string) => readLog(join(folder, `${name}.jsonl`));

describe("stepLog", () => {
  it("writes one line a step, with the step over whatever the record says", async () => {
    const log = stepLog("own", ({ step }) => ({ twice: 2 * step, step: -1 }));
    for (const step of [0, 1, 2]) await log.onStep!(event(step));
    expect(lines("own")).toEqual([0, 1, 2].map((step) => ({ step, twice: 2 * step })));
  });

  it("writes nothing for a step without a record, and waits for a promised one", async () => {
    const log = stepLog("own", async ({ step }) => (step % 2 === 0 ? { even: true } : undefined));
    for (const step of [0, 1, 2, 3]) await log.onStep!(event(step));
    expect(lines("own").map(({ step }) => step)).toEqual([0, 2]);
  });

  it("cuts what a crash left past the checkpoint, so a resumed log equals an uninterrupted one", async () => {
    const log = stepLog("own", ({ step }) => ({ square: step ** 2 }));
    for (const step of [0, 1, 2, 3]) await log.onStep!(event(step));
    const whole = readFileSync(join(folder, "own.jsonl"), "utf8");
    await log.onMethodStart!(info(2));
    expect(lines("own").map(({ step }) => step)).toEqual([0, 1]);
    for (const step of [2, 3]) await log.onStep!(event(step));
    expect(readFileSync(join(folder, "own.jsonl"), "utf8")).toBe(whole);
  });

  it("starts a method that is not resumed with an empty log", async () => {
    const log = stepLog("own", () => ({}));
    await log.onStep!(event(0));
    await log.onMethodStart!(info(0));
    expect(lines("own")).toEqual([]);
  });

  it("has nothing to flush before the first line", async () => {
    await stepLog("own", () => ({})).onCheckpoint!({ method: "value", folder, step: 0, state: stateAt(0), data: null });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("metricsLog", () => {
  it("writes the step's metrics with the workload's own, and a loss that is no number by its name", async () => {
    const log = metricsLog();
    await log.onStep!(event(0, { extraMetrics: { gradientAgreement: 0.5 } }));
    await log.onStep!(event(1, { metrics: { loss: NaN } as StepMetrics }));
    expect(lines("metrics")).toEqual([
      { loss: 1, gradientAgreement: 0.5, step: 0 },
      { loss: "NaN", step: 1 },
    ]);
  });
});

describe("timingsLog", () => {
  it("writes seconds, their share for data, the rate and the memory", async () => {
    await timingsLog().onStep!(event(0));
    const [line] = lines("timings");
    expect(line).toMatchObject({ step: 0, seconds: 0.5, dataSeconds: 0.25, unitsPerSecond: 16 });
    expect(Object.keys(line!)).toEqual([
      "seconds",
      "dataSeconds",
      "unitsPerSecond",
      "tensors",
      "residentMegabytes",
      "peakResidentMegabytes",
      "step",
    ]);
    expect(line!["peakResidentMegabytes"]).toBeGreaterThanOrEqual(0.9 * Number(line!["residentMegabytes"]));
  });
});

describe("alarms", () => {
  it("prints every warning of a step with its method, and nothing where no detector warns", async () => {
    const said: string[] = [];
    const callback = alarms({ log: (line) => void said.push(line) }, [
      ({ loss }) => (loss! < 0.4 ? "low loss" : undefined),
      () => undefined,
      ({ loss }) => (loss! < 0.3 ? "very low" : undefined),
    ]);
    for (const step of [0, 1, 2, 3]) await callback.onStep!(event(step));
    expect(said).toEqual(["value, low loss", "value, low loss", "value, very low"]);
  });
});

describe("progressLine", () => {
  const shownBy = async (start: number, steps: readonly number[], more: Partial<StepEvent> = {}) => {
    const shown: string[] = [];
    let ms = 0;
    const callback = progressLine({ setStatus: (line) => void shown.push(line), log: () => {} }, () => ms);
    await callback.onMethodStart!(info(start));
    for (const step of steps) {
      ms += 2000;
      await callback.onStep!(event(step, more));
    }
    return shown;
  };

  it("tells the step, the loss, the rate and the time left", async () => {
    const shown = await shownBy(0, [0, 1]);
    expect(shown).toEqual(["value 1/10 loss 1.000, 16 tok/s, 18 s left", "value 2/10 loss 0.500, 16 tok/s, 16 s left"]);
  });

  it("takes the time a step from the steps of this process alone after a resumption", async () => {
    const [shown] = await shownBy(6, [6]);
    expect(shown).toContain("value 7/10");
    expect(shown).toMatch(/6 s left$/); // 3 more at 2 s, though 7 are done
  });

  it("shows value, gate and mask where the step has them, and images as such", async () => {
    const metrics = { loss: 2, value: 0.00123, gate: 0.256, mask: 0.5 } as StepMetrics;
    const [shown] = await shownBy(0, [0], { metrics, unit: "images" });
    expect(shown).toBe("value 1/10 loss 2.000, value 1.2e-3, α 0.26, mask 0.50, 16 images/s, 18 s left");
  });
});

describe("skippedSamplesLog", () => {
  const rows = ["a", "b", "c", "d", "e"].map((name) => ({ name, reason: `torn ${name}` }));

  it("writes each row once, at the step that met it, and prints the first three", async () => {
    const said: string[] = [];
    let known = rows.slice(0, 2);
    const log = skippedSamplesLog({ log: (line) => void said.push(line) }, () => known);
    await log.onMethodStart!(info());
    await log.onStep!(event(0));
    await log.onStep!(event(1));
    known = rows;
    await log.onStep!(event(2));
    expect(lines("skipped-samples")).toEqual(rows.map((row, i) => ({ step: i < 2 ? 0 : 2, ...row })));
    expect(said).toEqual(["a", "b", "c"].map((name) => `value: left out ${name}: torn ${name}`));
  });

  it("does not repeat after a resumption what the log kept, and finds again what was cut", async () => {
    for (const [step, row] of rows.slice(0, 3).entries())
      appendLog(join(folder, "skipped-samples.jsonl"), { step, ...row });
    const log = skippedSamplesLog({ log: () => {} }, () => rows.slice(0, 3));
    await log.onMethodStart!(info(2));
    expect(lines("skipped-samples").map(({ name }) => name)).toEqual(["a", "b"]);
    await log.onStep!(event(2));
    expect(lines("skipped-samples")).toEqual(rows.slice(0, 3).map((row, step) => ({ step, ...row })));
  });
});

describe("artifactWriter", () => {
  it("does nothing for a workload without artifacts", () => {
    expect(artifactWriter({}, 0)).toEqual({});
  });

  it("writes the state before the first task step with the feedback average after it, and at the end", async () => {
    const calls: [string, number, unknown][] = [];
    const callback = artifactWriter(
      {
        artifacts: async (_, state, when) => {
          calls.push([when, state.step, state.feedbackEma]);
          return [{ name: `${when}.txt`, data: String(state.step) }];
        },
      },
      1,
    );
    const after = { g: 1 };
    for (const step of [0, 1, 2])
      await callback.onStep!(event(step, { state: stateAt(step + 1, { feedbackEma: after }) }));
    expect(calls).toEqual([["start", 1, after]]);
    await callback.onMethodEnd!(info(3));
    expect(calls.slice(1)).toEqual([["end", 3, undefined]]);
    expect(readdirSync(folder).sort()).toEqual(["end.txt", "start.txt"]);
    expect(readFileSync(join(folder, "start.txt"), "utf8")).toBe("1");
  });

  it("writes no start for a method that never designs", async () => {
    const callback = artifactWriter({ artifacts: async () => [{ name: "x", data: "" }] }, undefined);
    mkdirSync(join(folder, "own"));
    for (const step of [0, 1]) await callback.onStep!(event(step));
    expect(existsSync(join(folder, "x"))).toBe(false);
  });
});
