import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchOverhead } from "@vpt/bench";
import type { ProbeRecord } from "@vpt/report";
import type { ProbeDiagnostics } from "@vpt/train";
import { beforeAll, describe, expect, it } from "vitest";
import { root, run, runAndKill, vpt } from "./vpt-process.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-cli-"));
const config = join(folder, "run.config.mjs");
const train = (out: string, ...args: string[]): string[] => ["train", config, "--out", join(folder, out), ...args];

beforeAll(() => {
  writeFileSync(
    config,
    `export default {
      model: "tiny", steps: 12, methods: ["value"], batchSize: 2, saveEvery: 3, probeEvery: 4,
      unlabeledTokens: 64, answerTokens: 160,
      data: { unlabeled: { synthetic: "stream", limit: 12 }, feedback: { synthetic: "problems", limit: 8 },
        probeRows: { synthetic: "problems", seed: 1, limit: 2 },
        test: { synthetic: "problems", split: "test", limit: 2 } },
      designer: { layers: 1, width: 16, heads: 2, candidates: 4 },
      value: { feedbackBatchSize: 2, initialFeedbackBatches: 2 },
      backend: { device: "auto" },
    };`,
  );
});

/** One line on stderr that says it, exit code 1. TensorFlow's own notes do not count. */
function refuses(args: string[], message: RegExp): void {
  const { status, stderr } = run(...args);
  const lines = stderr.split("\n").filter((line) => line.startsWith("vpt: "));
  expect({ status, stderr: lines.join("\n") }).toEqual({ status: 1, stderr: expect.stringMatching(message) });
  expect(lines).toHaveLength(1);
  expect(stderr).not.toContain("    at ");
}

interface Pair {
  readonly predicted: number;
  readonly realised: number;
}

/** Each theorem's numbers against what they must be for any model. */
function checkDiagnostics(
  { stepBound, remainder, estimator, subset, stepTaken }: ProbeDiagnostics,
  taken: { readonly pairs: readonly Pair[] },
): void {
  expect(stepBound!.points).toHaveLength(2 * 3); // of the second and third batch, three rates each
  expect(remainder!.points.map(({ rate }) => rate)).toEqual(expect.arrayContaining([0.1, 0.3]));
  expect(remainder!.order).toBeGreaterThan(1); // more than what a first-order term would leave
  expect(estimator!.draws).toHaveLength(4);
  expect(estimator!.exact).toBeCloseTo(subset![0]!.subsetValue, 5);
  expect(subset).toHaveLength(3);
  for (const { value, subsetValue, bound, downstreamShare, pretrainingShare } of subset!) {
    expect(Math.abs(value - subsetValue)).toBeLessThanOrEqual(bound + 1e-6);
    for (const share of [downstreamShare, pretrainingShare]) expect(share).toBeGreaterThan(0);
    for (const share of [downstreamShare, pretrainingShare]) expect(share).toBeLessThanOrEqual(1 + 1e-6);
  }
  expect(stepTaken.over).toBe("aligned");
  expect(stepTaken.pairs.map(({ realised }) => realised)).toEqual(taken.pairs.map(({ realised }) => realised));
}

describe("bad input", () => {
  it("names an unknown key and the nearest known one, and writes nothing", () => {
    refuses(
      train("unknown", "--set", "value.updateEvry=3"),
      /unknown key "value\.updateEvry"; did you mean "updateEvery"\?/,
    );
    expect(existsSync(join(folder, "unknown"))).toBe(false);
  });
  it("names a bad value", () => refuses(train("bad", "--set", "steps=-1"), /"steps": .*received -1/));
  it("names a config that is absent", () =>
    refuses(["train", "nowhere.config.ts"], /nowhere\.config\.ts: no such file/));
  it("names file and line of malformed jsonl", () => {
    writeFileSync(join(folder, "bad.jsonl"), '{"question":"1+1?","answer":"2"}\n{"question":\n');
    refuses(["eval", "nll", "--model", "smollm2", "--data", join(folder, "bad.jsonl")], /bad\.jsonl:2: /);
  });
  it("names a damaged model", () => {
    writeFileSync(join(folder, "one.jsonl"), '{"question":"1+1?","answer":"2"}\n');
    writeFileSync(join(folder, "cut.gguf"), Buffer.concat([Buffer.from("GGUF"), Buffer.alloc(9, 3)]));
    refuses(
      ["eval", "nll", "--model", join(folder, "cut.gguf"), "--data", join(folder, "one.jsonl"), "--device", "js"],
      /cut\.gguf: /,
    );
  });
  it("names an output folder that cannot be made", () => {
    writeFileSync(join(folder, "plain-file"), "");
    refuses(["train", config, "--out", join(folder, "plain-file", "run")], /--out .*plain-file/);
  });
});

describe("a run", () => {
  const metrics = (out: string): string => readFileSync(join(folder, out, "value", "metrics.jsonl"), "utf8");
  const reference = (): string => {
    if (!existsSync(join(folder, "whole", "value", "metrics.jsonl")))
      execFileSync(process.execPath, [vpt, ...train("whole")], { stdio: "ignore", cwd: root });
    return metrics("whole");
  };
  it("gives the same metrics for the same seed, and a report that needs no network", { timeout: 120_000 }, () => {
    const first = reference();
    expect(run(...train("again")).status).toBe(0);
    expect(metrics("again")).toBe(first);
    expect(first.trim().split("\n")).toHaveLength(12);
    const report = readFileSync(join(folder, "again", "report.html"), "utf8");
    expect(report).toContain("<svg");
    expect(report).not.toMatch(/<script|src="http|href="http/);
  });

  it("saves on SIGTERM, ends with 130, and goes on bit for bit", { timeout: 120_000 }, async () => {
    const whole = reference();
    const child = spawn(process.execPath, [vpt, ...train("stopped")], { stdio: "ignore", cwd: root });
    const ended = new Promise<number | null>((done) => child.once("exit", done));
    const log = join(folder, "stopped", "value", "metrics.jsonl");
    const poll = setInterval(() => {
      if (!existsSync(log) || readFileSync(log, "utf8").split("\n").length <= 2) return;
      clearInterval(poll); // once: a second signal ends a run without saving
      child.kill("SIGTERM");
    }, 3);
    const code = await ended;
    expect(code).toBe(130);
    const resumed = run(...train("stopped", "--resume"));
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(metrics("stopped")).toBe(whole);
  });

  it("says what a full disk refused, and goes on when there is room", { timeout: 120_000 }, () => {
    const whole = reference();
    // No file may grow past 100 KiB: the checkpoint's tensors do.
    const command = `ulimit -f 100; exec "$0" "$@"`;
    const { status, stderr } = spawnSync("bash", ["-c", command, process.execPath, vpt, ...train("full")], {
      encoding: "utf8",
      cwd: root,
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/vpt: .*checkpoints\/3: a checkpoint of .* MB could not be written \(EFBIG/),
    });
    expect(run(...train("full", "--resume")).status).toBe(0);
    expect(metrics("full")).toBe(whole);
  });

  it("refuses to go on with another configuration", { timeout: 120_000 }, () => {
    reference();
    refuses(train("whole", "--resume", "--set", "batchSize=3"), /--resume .*whole: "batchSize" was 2, now 3/);
  });

  it("can be probed at its checkpoint, which stays as it is", { timeout: 120_000 }, () => {
    reference();
    const whole = join(folder, "whole");
    const before = readFileSync(join(whole, "value", "checkpoints", "12", "manifest.json"), "utf8");
    const options = ["--run", whole, "--probes", "3", "--rates", "0.001,0.1,0.3", "--draws", "4"];
    const { stdout, stderr, status } = run("probe", ...options, "--json");
    expect(status, stderr).toBe(0);
    const { methods } = JSON.parse(stdout) as { readonly methods: readonly [ProbeRecord] };
    expect(methods).toMatchObject([{ method: "value", step: 12, skipped: 0 }]);
    const [{ steps, diagnostics }] = methods;
    for (const { predicted, realised } of (steps["SGD 0.001"] as { readonly pairs: readonly Pair[] }).pairs)
      expect(Math.abs(realised / predicted - 1)).toBeLessThan(0.1);
    checkDiagnostics(diagnostics!, steps["AdamW step"] as { readonly pairs: readonly Pair[] });
    expect(readFileSync(join(whole, "value", "checkpoints", "12", "manifest.json"), "utf8")).toBe(before);
    expect(JSON.parse(readFileSync(join(whole, "probe.json"), "utf8"))).toEqual({ methods });
    expect(readFileSync(join(whole, "probe.html"), "utf8").match(/<svg role="img"/g)).toHaveLength(5);
    expect(run("report", whole).status).toBe(0);
    expect(readFileSync(join(whole, "report.html"), "utf8")).toContain("Probe of the checkpoints");
    refuses(["probe", "--run", folder], /no run here \(no config\.json\)/);
    refuses(["probe", "--run", whole, "--method", "tilt"], /--method tilt: the run has value/);
    refuses(["probe", "--run", whole, "--draws", "1"], /--draws 1: expected 0 or a whole number of at least 2/);
  });

  // VPT_KILLS=20 is the promise; a few are enough to notice that it broke.
  const kills = Number(process.env["VPT_KILLS"] ?? 3);
  it(`goes on bit for bit after kill -9 (${kills} times)`, { timeout: kills * 60_000 + 60_000 }, async () => {
    const whole = reference();
    for (let kill = 0; kill < kills; kill++) {
      const out = `killed-${kill}`;
      const stopAt = 1 + ((kill * 5) % 11); // after this many steps
      await runAndKill(train(out), join(folder, out, "value", "metrics.jsonl"), stopAt);
      const resumed = run(...train(out, "--resume"));
      expect(resumed.status, resumed.stderr).toBe(0);
      expect(metrics(out)).toBe(whole);
    }
  });
});

describe("vpt bench overhead", () => {
  it("prints the paper's table 3 of two processes, in both modes", { timeout: 240_000 }, () => {
    const sizes = ["--shape", "tiny", "--batch", "2", "--tokens", "16", "--candidates", "4", "--blocks", "1"];
    const lengths = ["--every", "2", "--warm-up", "2", "--window", "4", "--rounds", "2"];
    const { stdout, stderr, status } = run("bench", "overhead", "--method", "tilt", ...sizes, ...lengths, "--json");
    expect(status, stderr).toBe(0);
    const { tables, counted, windows } = JSON.parse(stdout) as BenchOverhead;
    expect(Object.keys(tables)).toEqual(["end-to-end", "compute-only"]);
    for (const { baseline, method, ratio } of Object.values(tables)) {
      for (const row of [baseline, method]) expect(row.tokensPerSecond * row.secondsPerStep).toBeCloseTo(2 * 16, 6);
      expect(ratio.seconds.ci95).toHaveLength(2);
    }
    expect(counted.ratio).toBeGreaterThan(1);
    expect(windows["end-to-end"]).toHaveLength(2);
    expect(windows["end-to-end"]![0]!.method.updateSeconds).toHaveLength(2);
  });
});
