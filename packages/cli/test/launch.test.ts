import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run, vpt } from "./vpt-process.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-launch-"));
const config = join(folder, "run.config.mjs");
const onTwo = ["launch", "-n", "2", "--"];
const train = (out: string, ...args: string[]): string[] => ["train", config, "--out", join(folder, out), ...args];
const lines = (out: string): string[] => {
  const path = join(folder, out, "value", "metrics.jsonl");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
};
const numbers = (out: string) => lines(out).map((line) => JSON.parse(line) as Record<string, number>);

beforeAll(() => {
  // Without a gate budget: it is a square of the batch's mean gate, so not a mean over processes
  writeFileSync(
    config,
    `export default {
      model: "tiny", steps: 12, methods: ["value"], batchSize: 4, saveEvery: 3, probeEvery: 4,
      unlabeledTokens: 64, answerTokens: 160,
      data: { unlabeled: { synthetic: "stream", limit: 12 }, feedback: { synthetic: "problems", limit: 8 },
        probeRows: { synthetic: "problems", seed: 1, limit: 2 },
        test: { synthetic: "problems", split: "test", limit: 2 } },
      designer: { layers: 1, width: 16, heads: 2, candidates: 4, gatePenaltyWeight: 0 },
      value: { feedbackBatchSize: 4, initialFeedbackBatches: 2, burnInSteps: 1 },
    };`,
  );
});

describe("vpt launch", () => {
  it("puts the process in front of each line and passes the exit code on", () => {
    const program = "console.log(JSON.parse(process.env.TF_CONFIG).task.index); process.exitCode = 7";
    const { status, stdout, stderr } = run("launch", "-n", "1", "--", "node", "-e", program);
    expect({ status, stdout }).toEqual({ status: 7, stdout: "[0] 0\n" });
    expect(stderr).toMatch(/^vpt launch: process 0 of 1 ended with code 7; /);
  });

  it("stops the others when one fails, also when they wait for ever", () => {
    const program = "JSON.parse(process.env.TF_CONFIG).task.index ? process.exit(3) : setInterval(() => {}, 1000)";
    expect(run(...onTwo, "node", "-e", program).status).toBe(3);
  });

  it.each([
    [["launch", "-n", "2"], /expected -- and a command/],
    [["launch", "-n", "2", "--"], /no command/],
    [["launch", "-n", "x", "--", "node"], /-n: .*"x"/],
    [["launch", "-n", "2", "--", "no-such-program"], /no-such-program does not start/],
  ])("refuses %j in one line", (args, message) => {
    const { status, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(message) });
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

it("processes that share memory average tensors longer than a chunk, call after call, in graphs and outside", () => {
  const program = `
    import { compile, processGroup, useBackend } from "@vpt/backend";
    import * as tf from "@tensorflow/tfjs";
    await useBackend({ device: "cpu", threads: 1 });
    const { rank, allReduce } = processGroup();
    const mean = (x) => allReduce({ x, first: tf.slice(x, [0], [2]), none: tf.zeros([0]) }, "test");
    for (const f of [mean, compile(mean), mean]) {
      const { x, first, none } = f(tf.add(tf.range(0, 2_500_000), rank));
      console.log(JSON.stringify([x.dataSync().at(-1), ...first.dataSync(), none.size]));
    }`;
  const { status, stdout } = run("launch", "-n", "3", "--", "node", "--input-type=module", "-e", program);
  const said = stdout
    .trim()
    .split("\n")
    .map((line) => line.slice("[0] ".length));
  expect({ status, said }).toEqual({ status: 0, said: Array.from({ length: 9 }, () => "[2500000,1,2,0]") });
});

describe.each([
  ["shared memory", undefined],
  ["the network", ""],
] as const)("a run on two processes over %s", (way, shared) => {
  const [two, killed] = [`two over ${way}`, `killed over ${way}`];
  beforeAll(() => {
    if (shared !== undefined) process.env["VPT_SHARED_MEMORY"] = shared;
  });
  afterAll(() => delete process.env["VPT_SHARED_MEMORY"]);

  it("is the run of one process with the joint batch, up to float32", { timeout: 240_000 }, () => {
    if (!existsSync(join(folder, "one"))) expect(run(...train("one")).status).toBe(0);
    const { status, stderr } = run(...onTwo, "vpt", ...train(two));
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const [one, both] = [numbers("one"), numbers(two)];
    expect(both.map(({ step }) => step)).toEqual(one.map(({ step }) => step));
    for (const [i, of] of one.entries()) {
      for (const name of ["loss", "gradientNorm", "feedbackNorm", "gate"])
        if (name in of) expect(Math.abs(both[i]![name]! / of[name]! - 1), `step ${i} ${name}`).toBeLessThan(1e-4);
      // A sum of terms of both signs: near on the scale of the largest
      if ("value" in of) expect(both[i]!["value"]).toBeCloseTo(of["value"]!, 3);
    }
  });

  it("ends whole when one is killed, in one line, and goes on bit for bit", { timeout: 240_000 }, async () => {
    if (!existsSync(join(folder, two, "summary.json"))) run(...onTwo, "vpt", ...train(two));
    const child = spawn(process.execPath, [vpt, ...onTwo, "vpt", ...train(killed)], { cwd: root });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr += String(text)));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await until(() => lines(killed).length >= 5);
    const [, second] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
    process.kill(Number(second), "SIGKILL");
    expect(await ended).toBe(137);
    expect(stderr.split("\n").filter((line) => line.startsWith("vpt launch:"))).toEqual([
      "vpt launch: process 1 of 2 ended by SIGKILL; stopping the others (with --resume all go on from " +
        "the last checkpoint)",
    ]);
    expect(stderr).not.toContain("    at ");
    expect(lines(killed).length).toBeLessThan(12);
    expect(run(...onTwo, "vpt", ...train(killed, "--resume")).status).toBe(0);
    expect(lines(killed)).toEqual(lines(two));
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error("nothing happened for two minutes");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
