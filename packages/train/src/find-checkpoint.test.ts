import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { tensorFile } from "@vpt/weights";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findCheckpoint, readCheckpointParams } from "./find-checkpoint.js";

let run: string;
beforeEach(() => (run = mkdtempSync(join(tmpdir(), "vpt-find-"))));
afterEach(() => rmSync(run, { recursive: true, force: true }));

const config = (methods: unknown): void => writeFileSync(join(run, "config.json"), JSON.stringify({ methods }));
const checkpoint = (...names: string[]): string => {
  const folder = join(run, ...names);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `state.${tensorFile.extension}`), "");
  return folder;
};

describe("findCheckpoint", () => {
  it("takes the newest step by number, not by spelling", () => {
    config(["value"]);
    for (const step of ["9", "10", "best"]) checkpoint("value", "checkpoints", step);
    expect(findCheckpoint(run)).toMatchObject({ method: "value", name: "10", path: join(run, "value/checkpoints/10") });
    expect(findCheckpoint(run, { checkpoint: 9 })).toMatchObject({ name: "9" });
    expect(findCheckpoint(run, { checkpoint: "best" })).toMatchObject({ name: "best" });
  });

  it("finds the same from the method's folder, with the run's configuration", () => {
    config(["baseline", { name: "mine" }]);
    checkpoint("mine", "checkpoints", "4");
    const asked = findCheckpoint(run, { method: "mine" });
    expect(findCheckpoint(join(run, "mine"))).toEqual(asked);
    expect(asked!.config).toEqual({ methods: ["baseline", { name: "mine" }] });
  });

  it("passes by a folder whose state was not written to the end", () => {
    config(["value"]);
    checkpoint("value", "checkpoints", "2");
    mkdirSync(join(run, "value/checkpoints/4"));
    expect(findCheckpoint(run)!.name).toBe("2");
  });

  it("takes checkpoints in the run's own folder where it has one method", () => {
    config(["value"]);
    checkpoint("checkpoints", "3");
    expect(findCheckpoint(run)!.path).toBe(join(run, "checkpoints/3"));
  });

  it("is undefined for a folder that is no run, such as a model's", () => {
    writeFileSync(join(run, "config.json"), JSON.stringify({ model_type: "llama" }));
    expect(findCheckpoint(run)).toBeUndefined();
    expect(findCheckpoint(join(run, "absent"))).toBeUndefined();
  });

  it("says what is missing of something that looks like a run", () => {
    mkdirSync(join(run, "checkpoints"));
    expect(() => findCheckpoint(run)).toThrow(
      `${run}: looks like a run, but has no config.json that lists its methods; run it again`,
    );
  });

  it("asks which method, and names what it received", () => {
    config(["baseline", "value"]);
    const expected = `method: expected one of baseline, value of ${run}, received`;
    expect(() => findCheckpoint(run)).toThrow(`${expected} none`);
    expect(() => findCheckpoint(run, { method: "tilt" })).toThrow(`${expected} "tilt"`);
  });

  it("lists the checkpoints there are, or how to get the first", () => {
    config(["value"]);
    expect(() => findCheckpoint(run)).toThrow(/no checkpoints of value; expected .*checkpoints\. Go on with --resume/);
    mkdirSync(join(run, "value/checkpoints"), { recursive: true });
    expect(() => findCheckpoint(run)).toThrow(
      `checkpoint newest: not among those kept in ${join(run, "value")}: none yet; go on with --resume`,
    );
    checkpoint("value", "checkpoints", "2");
    expect(() => findCheckpoint(run, { checkpoint: 3 })).toThrow(/^checkpoint 3: not among those kept in .*: 2$/);
  });
});

describe("readCheckpointParams", () => {
  it("reads the parameters without their prefix and leaves no other tensor", async () => {
    const stored = { "params/w": tf.tensor1d([1, 2]), "params/deep/b": tf.scalar(3), "first/w": tf.zeros([2]) };
    await tensorFile.write(join(run, `state.${tensorFile.extension}`), stored);
    tf.dispose(stored);
    const before = tf.memory().numTensors;
    const params = await readCheckpointParams(run);
    expect(Object.keys(params).sort()).toEqual(["deep/b", "w"]);
    expect([...(await params["w"]!.data())]).toEqual([1, 2]);
    expect(tf.memory().numTensors - before).toBe(2);
    tf.dispose(params);
  });
});
