import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensorFile } from "@vpt/weights";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run, runAndKill } from "./vpt-process.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-vision-"));
const config = join(folder, "run.config.mjs");
const train = (out: string, ...args: string[]): string[] => ["train", config, "--out", join(folder, out), ...args];
const log = (out: string): string => join(folder, out, "value", "metrics.jsonl");
const metrics = (out: string): string => readFileSync(log(out), "utf8");
const numbers = (out: string) =>
  metrics(out)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
const trainOnce = (out: string, ...before: string[]): void => {
  if (existsSync(join(folder, out, "summary.json"))) return;
  const { status, stderr } = run(...before, ...train(out));
  expect(status, stderr).toBe(0);
};

const steps = 6;
beforeAll(() => {
  // keepRatioWeight 0: its penalty is the square of the batch's mean mask, which is not a mean over processes
  writeFileSync(
    config,
    `export default {
      kind: "vision", methods: ["value"], steps: ${steps}, saveEvery: 2, pretrainSteps: 1, batchSize: 4,
      model: { hiddenSize: 16, layers: 2, heads: 2, registers: 1 },
      projectionHead: { hiddenSize: 16, bottleneckSize: 8, outputSize: 16 },
      data: { rendered: true, unlabeled: 8, evaluatorHeads: 4, feedback: 8, linearProbe: 4, test: 4,
        unlabeledSize: 20 },
      crops: { globalSize: 16, localSize: 8, locals: 1 }, loader: { workers: 0 },
      value: { updateEvery: 2, burnInSteps: 1, feedbackBatchSize: 4, alignedBlocks: 1 },
      designer: { baseChannels: 4, depth: 2, keepRatioWeight: 0 },
      evaluatorHeads: { initialUpdates: 2, batchSize: 2, minLossDrop: -9 },
      linearProbe: { steps: 4, batchSize: 2 }, backend: { compile: false, threads: 1 },
    };`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Largest difference of two tensors' values, relative to the largest value of the second. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [largest, scale] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return scale === 0 ? largest : largest / scale;
}

/** The student, the EMA teacher, the centre and the evaluator heads of the last checkpoint. */
const tensorsOf = async (out: string) => {
  const checkpoint = join(folder, out, "value", "checkpoints", String(steps));
  const stored = await tensorFile.read(join(checkpoint, `state.${tensorFile.extension}`));
  return Object.fromEntries(
    Object.entries(stored).filter(([name]) => /params\/|teacher|centre|evaluator\//.test(name)),
  );
};

// logitDeviation and maskDeviation are left out: they are the mean over processes of each one's spread, smaller
// than that of the joint batch. They are the same in all processes and steer nothing: detectors print a line.
const averaged = ["loss", "gradientNorm", "teacherEntropy", "mask", "feedbackNorm", "evaluatorLoss"];

it("is the run of one process with the joint batch on two, up to float32", { timeout: 300_000 }, async () => {
  trainOnce("one");
  trainOnce("two", "launch", "-n", "2", "--", "vpt");
  const [one, two] = [numbers("one"), numbers("two")];
  expect(two.map(({ step }) => step)).toEqual(one.map(({ step }) => step));
  for (const [i, of] of one.entries()) {
    for (const name of averaged)
      if (name in of) expect(Math.abs(two[i]![name]! / of[name]! - 1), `step ${i} ${name}`).toBeLessThan(1e-4);
    // A sum of terms of both signs: near on the scale of the largest
    if ("value" in of) expect(two[i]!["value"]).toBeCloseTo(of["value"]!, 5);
  }
  const [expected, received] = [await tensorsOf("one"), await tensorsOf("two")];
  const names = Object.keys(expected);
  for (const group of ["params", "teacher", "centre", "evaluator"])
    expect(
      names.some((name) => name.includes(group)),
      group,
    ).toBe(true);
  for (const name of names)
    expect(difference(received[name]!.dataSync(), expected[name]!.dataSync()), name).toBeLessThan(1e-4);
});

// VPT_KILLS=20 is the promise for a release; two are enough to notice that it broke.
const kills = Number(process.env["VPT_KILLS"] ?? 2);
it(`goes on bit for bit after kill -9 (${kills} times)`, { timeout: kills * 120_000 + 120_000 }, async () => {
  trainOnce("one");
  for (let kill = 0; kill < kills; kill++) {
    const out = `killed-${kill}`;
    const stopAt = 1 + Math.floor(Math.random() * (steps - 1)); // after this many steps
    await runAndKill(train(out), log(out), stopAt);
    const resumed = run(...train(out, "--resume"));
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(metrics(out), `killed after step ${stopAt}`).toBe(metrics("one"));
    rmSync(join(folder, out), { recursive: true });
  }
});
