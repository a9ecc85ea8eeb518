import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import { type TensorFile, VptError } from "@vpt/contracts";
import { jsonTensorFile } from "../testing/json-tensor-file.js";
import { numbersOf, toyDesigner, toyParams } from "../testing/toy.js";
import { createTrainState, packTrainState, type TrainState } from "../step/train-state.js";
import { createCheckpoints, type Checkpoints } from "./checkpoints.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

let folder: string;
let checkpoints: Checkpoints;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vpt-checkpoints-"));
  checkpoints = createCheckpoints(folder, jsonTensorFile);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const params = () => toyParams();
/** A state whose tensors tell its step. */
const stateAt = (step: number): TrainState => ({
  ...createTrainState({
    params: toyParams(step),
    designerParams: toyDesigner().init(step),
    optimizer: adamW(),
    seed: step,
  }),
  step,
  feedbackEma: { w2: tf.fill([4, 2], step + 0.1) },
  auxiliary: { teacher: toyParams(step + 1), centre: { centre: tf.fill([1, 2], step) } },
  counters: { evaluatorLoss: step / 3, meta: step, skippedMeta: 1, skippedStep: 2 },
});
const save = (step: number): Promise<void> => checkpoints.save({ state: stateAt(step), data: { at: step } });
const latestStep = async (): Promise<number | undefined> => (await checkpoints.latest(params()))?.state.step;
const tensorPath = (step: number): string => join(folder, String(step), "state.json");
const entries = (): string[] => readdirSync(folder).sort();

describe("createCheckpoints", () => {
  it("gives back the state and the cursor, bit for bit", async () => {
    await save(7);
    const { state, data } = (await checkpoints.latest(params()))!;
    const [saved, expected] = [packTrainState(state), packTrainState(stateAt(7))];
    expect(data).toEqual({ at: 7 });
    expect(saved.json).toEqual(expected.json);
    expect(numbersOf(saved.tensors)).toEqual(numbersOf(expected.tensors));
  });

  it("finds nothing where nothing was saved", async () => {
    expect(await latestStep()).toBeUndefined();
    expect(await createCheckpoints(join(folder, "absent"), jsonTensorFile).latest(params())).toBeUndefined();
  });

  it("keeps the newest few, ordered as numbers, and leaves nothing else behind", async () => {
    for (const step of [8, 9, 10, 11]) await save(step);
    expect(entries()).toEqual(["10", "11"]);
    expect(readdirSync(join(folder, "11")).sort()).toEqual(["manifest.json", "state.json"]);
    expect(await latestStep()).toBe(11);
  });

  it.each<[string, (step: number) => void]>([
    ["torn: no manifest", (step) => rmSync(join(folder, String(step), "manifest.json"))],
    ["torn: no tensors", (step) => rmSync(tensorPath(step))],
    ["torn: half a manifest", (step) => writeFileSync(join(folder, String(step), "manifest.json"), '{"format":2,')],
    [
      "empty",
      (step) => (rmSync(join(folder, String(step)), { recursive: true }), mkdirSync(join(folder, String(step)))),
    ],
    ["cut short", (step) => writeFileSync(tensorPath(step), readFileSync(tensorPath(step)).subarray(0, -1))],
    [
      "damaged in one bit",
      (step) => {
        const bytes = readFileSync(tensorPath(step));
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(tensorPath(step), bytes);
      },
    ],
  ])("passes over a checkpoint that is %s, for the one before", async (_, damage) => {
    await save(1);
    await save(2);
    damage(2);
    const before = tf.memory().numTensors;
    // another model: nothing fits, nothing leaks
    const found = (await checkpoints.latest({}).catch(() => undefined))?.state.step;
    expect([found, tf.memory().numTensors]).toEqual([undefined, before]);
    expect(await latestStep()).toBe(1);
    damage(1);
    await expect(latestStep()).rejects.toThrow(VptError);
    await expect(latestStep()).rejects.toThrow(
      /no valid checkpoint in .* \(2: .*; 1: .*\): start again without --resume/,
    );
  });

  it("after passing over a damaged one, keeps the one saved next, whatever its step", async () => {
    checkpoints = createCheckpoints(folder, jsonTensorFile, { keep: 1 });
    await save(8);
    writeFileSync(tensorPath(8), "damaged");
    await save(5); // resumed from 4
    expect(entries()).toEqual(["5"]);
    expect(await latestStep()).toBe(5);
  });

  it("refuses another format, modality or method in one line, instead of trying an earlier one", async () => {
    const of = (kind: string, method: string) => createCheckpoints(folder, jsonTensorFile, { kind, method });
    for (const step of [1, 2]) await of("vision", "value").save({ state: stateAt(step), data: {} });
    expect((await of("vision", "value").latest(params()))!.state.step).toBe(2);
    expect((await checkpoints.latest(params()))!.state.step).toBe(2);
    await expect(of("language", "value").latest(params())).rejects.toThrow(
      /\/2: checkpoint of kind "vision", this run is of kind "language"/,
    );
    await expect(of("vision", "tilt").latest(params())).rejects.toThrow(/of method "value", .* of method "tilt"/);
    const manifest = join(folder, "2", "manifest.json");
    for (const old of ['"version":1', '"format":3']) {
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/"(format|version)":\d/, old));
      await expect(latestStep()).rejects.toThrow(
        `checkpoint format ${old.at(-1)}, this program reads 2: start the run again`,
      );
    }
  });

  it("refuses a model of other names or shapes and says which", async () => {
    await save(1);
    await expect(checkpoints.latest({ ...params(), w2: tf.zeros([9, 9]) })).rejects.toThrow(
      'saved parameter "w2": expected shape [4, 2], received [9, 9]',
    );
    const { w1: _, ...rest } = params();
    await expect(checkpoints.latest(rest)).rejects.toThrow('parameter "w1": not among');
  });
});

describe("a save that is killed", () => {
  /** What the folder looks like after each of a save's steps, the last being a whole checkpoint. */
  const leftover = (step: number): string => join(folder, `.saving-${step}-12345`);

  it.each<[string, () => void]>([
    ["before it wrote anything", () => mkdirSync(leftover(2))],
    [
      "in the middle of the tensors",
      () => (mkdirSync(leftover(2)), writeFileSync(join(leftover(2), "state.json"), '{"params/w1')),
    ],
    [
      "before the manifest",
      () => (cpSync(join(folder, "1"), leftover(2), { recursive: true }), rmSync(join(leftover(2), "manifest.json"))),
    ],
    [
      "in the middle of the manifest",
      () => (
        cpSync(join(folder, "1"), leftover(2), { recursive: true }),
        rmSync(join(leftover(2), "manifest.json")),
        writeFileSync(join(leftover(2), "manifest.json.tmp-12345"), '{"for')
      ),
    ],
  ])("%s leaves the one before, and the next save cleans up", async (_, kill) => {
    await save(1);
    kill();
    expect(await latestStep()).toBe(1);
    await save(2);
    expect(entries()).toEqual(["1", "2"]);
    expect(await latestStep()).toBe(2);
  });

  it("between the removal of an old checkpoint of the same step and the rename still has the new one", async () => {
    checkpoints = createCheckpoints(folder, jsonTensorFile, { keep: 1 });
    await save(3);
    cpSync(join(folder, "3"), leftover(3), { recursive: true });
    rmSync(tensorPath(3)); // half removed
    expect(await latestStep()).toBe(3);
    rmSync(join(folder, "3"), { recursive: true });
    expect(await latestStep()).toBe(3);
    await save(4);
    expect(entries()).toEqual(["4"]);
  });

  it("because the disk refuses leaves the one before as it was", async () => {
    await save(1);
    const full: TensorFile = { ...jsonTensorFile, write: () => Promise.reject(new Error("ENOSPC: no space left")) };
    await expect(createCheckpoints(folder, full).save({ state: stateAt(2), data: 0 })).rejects.toThrow(
      /\/2: a checkpoint of \d+\.\d MB could not be written \(ENOSPC.*--resume/,
    );
    expect(entries()).toEqual(["1"]);
    expect(await latestStep()).toBe(1);
    expect(existsSync(join(folder, "2"))).toBe(false);
  });
});
