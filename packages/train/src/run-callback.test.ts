import { describe, expect, it } from "vitest";
import { notify, type RunCallback } from "./run-callback.js";
import { describeScores, type RunSummary } from "./run-summary.js";
import { methodFolder } from "./method-folder.js";
import { RunStopped } from "./run-stopped.js";
import { methodName, resolveMethod } from "./workload.js";

const summary = { kind: "test" } as RunSummary;

describe("notify", () => {
  it("calls the hook of each callback in order, each after the one before has ended", async () => {
    const order: string[] = [];
    const slow: RunCallback = {
      onRunEnd: async ({ kind }) => {
        order.push(`slow begins ${kind}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push("slow ends");
      },
    };
    const fast: RunCallback = { onRunEnd: () => void order.push("fast") };
    await notify([slow, {}, fast], "onRunEnd", summary);
    expect(order).toEqual(["slow begins test", "slow ends", "fast"]);
  });

  it("keeps this, so a callback may be a class", async () => {
    class Counter implements RunCallback {
      count = 0;
      onRunEnd(): void {
        this.count++;
      }
    }
    const counter = new Counter();
    await notify([counter, counter], "onRunEnd", summary);
    expect(counter.count).toBe(2);
  });

  it("stops at the first callback that throws", async () => {
    let reached = false;
    const broken: RunCallback = { onRunEnd: () => Promise.reject(new Error("disk full")) };
    const later: RunCallback = { onRunEnd: () => void (reached = true) };
    await expect(notify([broken, later], "onRunEnd", summary)).rejects.toThrow("disk full");
    expect(reached).toBe(false);
  });
});

describe("names of methods", () => {
  it("are the same for a name and a method of one's own, as are their folders", () => {
    const own = { name: "mine" };
    expect([methodName("value"), methodName(own)]).toEqual(["value", "mine"]);
    expect(resolveMethod("value")).toEqual({ name: "value" });
    expect(resolveMethod(own)).toEqual({ name: "mine", custom: own });
    expect(methodFolder("runs/a", methodName(own))).toBe("runs/a/mine");
  });
});

describe("describeScores", () => {
  it("lists in the order of the metrics those that the scores have", () => {
    const metrics = ["a", "b", "c"].map((name) => ({ name, label: name.toUpperCase(), higherIsBetter: true }));
    expect(describeScores({ metrics: { c: 0.12345, a: 2 } }, metrics)).toBe("A 2.0000, C 0.1235");
    expect(describeScores({ metrics: {} }, metrics)).toBe("");
  });
});

describe("RunStopped", () => {
  it("says where it stopped and how to go on", () => {
    const error = new RunStopped("value", 7);
    expect(error).toMatchObject({ name: "RunStopped", method: "value", step: 7 });
    expect(error.message).toBe("stopped at step 7 of value; the same command with --resume continues from there");
  });
});
