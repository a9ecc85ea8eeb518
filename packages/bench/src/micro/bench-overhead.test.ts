import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { benchOverhead, type OverheadProcess } from "./bench-overhead.js";
import { openBenchStream } from "./open-bench-stream.js";
import { openOverheadRunner, type OverheadSetup, type OverheadWindow } from "./overhead-runner.js";
import type { StartReference } from "./torch-reference.js";

const sizes = { shape: "tiny", batch: 2, tokens: 8, candidates: 4, blocks: 1, every: 4 } as const;

/** Processes whose baseline steps take a second, other steps 1.1 s, and updates 1.5 s; logs who took which window. */
const fakeProcesses = () => {
  const taken: string[] = [];
  const closed: string[] = [];
  const start = async ({ method, every }: OverheadSetup): Promise<OverheadProcess> => ({
    run: async (mode, steps): Promise<OverheadWindow> => {
      taken.push(`${method} ${mode} ${steps}`);
      const updates = method === "baseline" ? 0 : Math.floor(steps / every);
      const other = method === "baseline" ? 1 : 1.1;
      const [updateSeconds, otherSeconds] = [
        Array<number>(updates).fill(1.5),
        Array<number>(steps - updates).fill(other),
      ];
      const seconds = 1.5 * updates + other * (steps - updates);
      return { steps, seconds, cpuSeconds: seconds, updateSeconds, otherSeconds, peakBytes: 1, isPeakOfWindow: true };
    },
    close: () => void closed.push(method),
  });
  return { start, taken, closed };
};

describe("benchOverhead", () => {
  it("warms up once, lets the processes take turns, and closes them", async () => {
    const { start, taken, closed } = fakeProcesses();
    const options = { ...sizes, method: "tilt", warmUp: 3, window: 8, rounds: 2, start } as const;
    const { tables, ratios, counted } = await benchOverhead({ ...options, modes: ["compute-only"] });
    expect(taken).toEqual([
      "baseline compute-only 3",
      "tilt compute-only 3",
      "baseline compute-only 8",
      "tilt compute-only 8",
      "tilt compute-only 8", // the other way round
      "baseline compute-only 8",
    ]);
    expect(closed).toEqual(["baseline", "tilt"]);
    const { ratio, updateShare, targetShare } = tables["compute-only"]!;
    expect(ratio.seconds.mean).toBeCloseTo((2 * 1.5 + 6 * 1.1) / 8, 12);
    expect(updateShare!.mean).toBeCloseTo((2 * 0.4) / 9.6, 12);
    expect(targetShare!.mean).toBeCloseTo((8 * 0.1) / 9.6, 12);
    expect(ratios).toEqual({ "r = 4 compute-only": expect.closeTo(1.2, 12), "r = 4 counted": counted.ratio });
  });

  it("compares PyTorch's update with ours: a step with an update less one without", async () => {
    const { start } = fakeProcesses();
    const modes: string[] = [];
    const reference: StartReference = async () => ({
      torch: "2.0",
      run: async (mode) => (modes.push(mode), { seconds: 1, result: 0, peakBytes: 1 }),
      close: () => modes.push("closed"),
    });
    const options = { ...sizes, method: "value", warmUp: 0, window: 4, rounds: 2, start, reference } as const;
    const { ratios, torch } = await benchOverhead(options);
    expect(ratios["double backprop"]).toBeCloseTo(1 / 0.4, 12);
    expect(torch).toBe("2.0");
    expect(modes).toEqual(["eager", "eager", "eager", "closed"]); // the first is warm-up
  });

  it("refuses windows with different numbers of updates, before a process starts", async () => {
    const { start, taken } = fakeProcesses();
    const options = { ...sizes, method: "value", warmUp: 0, window: 6, rounds: 1, start } as const;
    await expect(benchOverhead(options)).rejects.toThrow(
      "bench overhead: --window 6 with --every 4: expected a multiple of --every, " +
        "so that each window has as many updates; take 8",
    );
    expect(taken).toEqual([]);
  });

  it("closes the process that started when the other does not", async () => {
    const { start, closed } = fakeProcesses();
    const failing = (setup: OverheadSetup) =>
      setup.method === "baseline" ? start(setup) : Promise.reject(new Error("no memory"));
    const options = { ...sizes, method: "value", warmUp: 0, window: 4, rounds: 1, start: failing } as const;
    await expect(benchOverhead(options)).rejects.toThrow("no memory");
    expect(closed).toEqual(["baseline"]);
  });
});

describe("openOverheadRunner", () => {
  beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

  it.each(["baseline", "value", "tilt"] as const)(
    "%s: takes windows in both modes and frees its tensors",
    async (method) => {
      const open = await openBenchStream({ data: undefined, model: "tiny", tokens: sizes.tokens, log: () => {} });
      const before = tf.memory().numTensors;
      let clock = 0;
      const runner = openOverheadRunner({ ...sizes, method }, { open, now: () => (clock += 1000) });
      for (const mode of ["end-to-end", "compute-only"] as const) {
        const { updateSeconds, otherSeconds, seconds, cpuSeconds, peakBytes } = await runner.run(mode, 8);
        expect([updateSeconds.length, otherSeconds.length]).toEqual(method === "baseline" ? [0, 8] : [2, 6]);
        expect(seconds).toBe(8); // a second between two looks at the clock
        expect(cpuSeconds).toBeGreaterThan(0);
        expect(peakBytes).toBeGreaterThan(1e6);
      }
      const held = tf.memory().numTensors;
      await runner.run("end-to-end", 4);
      expect(tf.memory().numTensors).toBe(held);
      runner.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
