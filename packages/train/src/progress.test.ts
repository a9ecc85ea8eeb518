import { describe, expect, it } from "vitest";
import { createProgress, remaining, showTimeLeft } from "./progress.js";
import { stageProgress } from "./stage-progress.js";

describe("remaining", () => {
  it.each([
    [1, 10, 2, "18 s left"],
    [5, 10, 5, "5 s left"],
    [10, 10, 3, "0 s left"],
    [1, 90, 1, "89 s left"],
    [1, 91, 1, "2 min left"], // 90 s
    [1, 3601, 1, "60 min left"],
    [3, 4, 1, "1 s left"], // a third, rounded up
  ])("after %d of %d in %d s: %s", (done, total, seconds, text) => {
    expect(remaining(done, total, seconds)).toBe(text);
  });

  it("says nothing before the first is done", () => {
    expect(remaining(0, 10, 5)).toBe("");
  });
});

const recorder = (options: object) => {
  const written: string[] = [];
  let ms = 0;
  const progress = createProgress({ write: (text) => written.push(text), now: () => ms, ...options });
  return { written, progress, wait: (by: number) => (ms += by) };
};

describe("createProgress", () => {
  it("overwrites the status on a terminal, and puts a log line in its place once", () => {
    const { written, progress } = recorder({ isTerminal: true });
    progress.setStatus("a");
    progress.setStatus("b");
    progress.log("done");
    progress.log("more");
    expect(written).toEqual(["\r\u001b[2Ka", "\r\u001b[2Kb", "\r\u001b[2Kdone\n", "more\n"]);
  });

  it("writes a status into a file at most every five seconds, log lines always", () => {
    const { written, progress, wait } = recorder({ isTerminal: false });
    progress.setStatus("0");
    wait(4999);
    progress.setStatus("dropped");
    progress.log("kept");
    wait(1);
    progress.setStatus("5");
    expect(written).toEqual(["0\n", "kept\n", "5\n"]);
  });

  it("is silent when quiet", () => {
    for (const isTerminal of [true, false]) {
      const { written, progress } = recorder({ quiet: true, isTerminal });
      progress.setStatus("a");
      progress.log("b");
      expect(written).toEqual([]);
    }
  });
});

describe("showTimeLeft", () => {
  it("counts only what was done since the first call", () => {
    const shown: string[] = [];
    const show = showTimeLeft(
      { setStatus: (line) => void shown.push(line), log: () => {} },
      (done, total) => `${done}/${total}`,
      Date.now() - 10_000,
    );
    show(50, 60); // resumed here
    show(55, 60);
    expect(shown[0]).toBe("50/60");
    expect(shown[1]).toMatch(/^55\/60, 1[01] s left$/); // 5 took 10 s, 5 are left
  });
});

describe("stageProgress", () => {
  it("shows each stage with its own count, and the note where there is one", () => {
    const shown: string[] = [];
    const show = stageProgress({ setStatus: (line) => void shown.push(line), log: () => {} });
    show("load", 0, 2);
    show("score", 0, 4, "image a");
    show("load", 2, 2);
    expect(shown.map((line) => line.replace(/, \d+ s left/, ""))).toEqual([
      "load 0/2",
      "score 0/4 image a",
      "load 2/2",
    ]);
  });
});
