import { appendFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gsm8kTask, type Gsm8kItem } from "./language/gsm8k.js";
import {
  compareRecords,
  cutAtStop,
  drawDemonstrations,
  EvalInputError,
  evaluateChoices,
  evaluateGeneration,
  readRecordFile,
  scorePredictions,
  type GenerateOptions,
} from "./index.js";
import { mmluTask } from "./language/mmlu.js";
import { countSamples, passAtKCurve } from "./language/pass-at-k.js";

const rows: Gsm8kItem[] = Array.from({ length: 20 }, (_, i) => ({
  question: `${i} + 1, é?`,
  answer: `… é\n#### ${i + 1}`,
}));
const file = () => join(mkdtempSync(join(tmpdir(), "vpt-eval-")), "deep/records.jsonl");

/** Adds right, except where the sum divides by `wrong`; fails after `limit` prompts. */
function generator({ wrong = 3, limit = Infinity } = {}) {
  const asked: string[] = [];
  const options: GenerateOptions[] = [];
  return {
    asked,
    options,
    generate(prompts: readonly string[], given: GenerateOptions) {
      options.push(given);
      if (asked.length + prompts.length > limit) return Promise.reject(new Error("killed"));
      asked.push(...prompts);
      const sums = prompts.map((prompt) => Number(/[0-9]+/.exec(prompt)![0]) + 1);
      return Promise.resolve(sums.map((sum) => `é so #### ${sum % wrong === 0 ? 0 : sum}\nQuestion: 9`));
    },
  };
}

describe("evaluateGeneration", () => {
  it("scores every item with error bars, and gives the generator the task's decoding", async () => {
    const model = generator();
    const record = await evaluateGeneration(gsm8kTask(), rows, model);
    expect(record).toMatchObject({ task: "gsm8k", protocol: "vpt", headline: "flexible", n: 20 });
    expect(record.metrics["flexible"]).toMatchObject({ value: 0.7, method: "wilson" });
    expect(record.metrics["flexible"]!.ci95[0]).toBeCloseTo(0.481, 3);
    expect(record.perItem[2]).toMatchObject({ id: "2", prediction: "0", gold: "3", correct: false });
    expect(model.options[0]).toEqual({ maxNewTokens: 512, stop: ["Question:", "</s>", "<|im_end|>"], temperature: 0 });
    expect(model.asked).toHaveLength(20);
    expect((await evaluateGeneration(gsm8kTask(), [], model)).metrics).toEqual({});
  });

  it("continues an interrupted run without asking an item twice, and ends in the same bytes", async () => {
    const [whole, broken] = [file(), file()];
    const expected = await evaluateGeneration(gsm8kTask(), rows, generator(), { file: whole, batchSize: 3 });
    const first = generator({ limit: 10 });
    await expect(evaluateGeneration(gsm8kTask(), rows, first, { file: broken, batchSize: 3 })).rejects.toThrow(
      "killed",
    );
    const second = generator();
    const progress: number[] = [];
    const options = { file: broken, batchSize: 3, onProgress: (done: number) => progress.push(done) };
    const record = await evaluateGeneration(gsm8kTask(), rows, second, options);
    expect([first.asked.length, second.asked.length]).toEqual([9, 11]);
    expect(readFileSync(broken, "utf8")).toBe(readFileSync(whole, "utf8"));
    expect({ ...record, wallSeconds: 0 }).toEqual({ ...expected, wallSeconds: 0 });
    expect(progress).toEqual([9, 12, 15, 18, 20]);
  });

  it("drops a last line torn anywhere, also inside a character, and keeps a whole one", async () => {
    const path = file();
    await evaluateGeneration(gsm8kTask(), rows.slice(0, 3), generator(), { file: path });
    const bytes = readFileSync(path);
    const start = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    const insideCharacter = bytes.indexOf("é", start) + 1;
    for (const [end, asked] of [
      [start + 1, 1],
      [insideCharacter, 1],
      [bytes.length - 2, 1],
      [bytes.length - 1, 0],
      [bytes.length, 0],
      [start, 1],
      [5, 3],
    ] as const) {
      writeFileSync(path, bytes);
      truncateSync(path, end);
      const model = generator();
      await evaluateGeneration(gsm8kTask(), rows.slice(0, 3), model, { file: path });
      expect([end, model.asked.length]).toEqual([end, asked]);
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
  });

  it("extends a file to more items, and refuses other settings, prompts and broken lines", async () => {
    const path = file();
    const run = (task = gsm8kTask(), items = rows, model = generator()) =>
      evaluateGeneration(task, items, model, { file: path });
    await run(gsm8kTask(), rows.slice(0, 5));
    const model = generator();
    await run(gsm8kTask(), rows, model);
    expect(model.asked).toHaveLength(15);
    await expect(run(gsm8kTask({ preset: "lm-eval" }))).rejects.toThrow(/protocol: expected "lm-eval", received "vpt"/);
    await expect(run(gsm8kTask({ newlineBlank: false }))).rejects.toThrow(/settings: expected .*newlineBlank/);
    await expect(run(gsm8kTask(), [{ question: "other", answer: "#### 1" }])).rejects.toThrow(
      "item 0: expected the same prompt",
    );
    appendFileSync(path, '{"torn\n{"kind":"item"}\n');
    await expect(run()).rejects.toThrow(/line 22: expected one JSON object/);
    writeFileSync(path, '{"question":"q"}\n');
    await expect(run()).rejects.toThrow("the header of a record file");
  });

  it("refuses duplicate ids and a wrong number of texts", async () => {
    const task = { ...gsm8kTask(), id: () => "same" };
    await expect(evaluateGeneration(task, rows, generator())).rejects.toThrow("same twice");
    const mute = { generate: () => Promise.resolve([]) };
    await expect(evaluateGeneration(gsm8kTask(), rows, mute)).rejects.toThrow("expected 8 answers");
  });

  it("stops between batches when told to", async () => {
    const controller = new AbortController();
    const model = generator();
    const options = {
      batchSize: 5,
      signal: controller.signal,
      onProgress: (done: number) => done === 10 && controller.abort(),
    };
    await expect(evaluateGeneration(gsm8kTask(), rows, model, options as never)).rejects.toThrow("aborted");
    expect(model.asked).toHaveLength(10);
  });

  it("draws samples with a seed each, whatever the batch, for pass@k", async () => {
    const run = async (batchSize: number) => {
      const model = generator();
      const record = await evaluateGeneration(gsm8kTask({ decoding: { temperature: 0.7 } }), rows.slice(0, 4), model, {
        samples: 3,
        seed: 7,
        batchSize,
      });
      return { seeds: model.options.flatMap(({ seeds }) => seeds!), record };
    };
    const [a, b] = [await run(2), await run(12)];
    expect(a.seeds).toEqual(b.seeds);
    expect(new Set(a.seeds).size).toBe(12);
    expect(a.record.perItem[1]!.id).toBe("0#1");
    expect(a.record.metrics["flexible"]).toMatchObject({ value: 0.75, method: "wilson" });
    expect(passAtKCurve(countSamples(a.record.perItem), [1, 3]).map(({ value }) => value)).toEqual([0.75, 0.75]);
  });
});

describe("other runners", () => {
  it("evaluateChoices scores log-likelihoods and groups by subject", async () => {
    const items = ["anatomy", "virology"].map((subject, i) => ({
      question: "?",
      choices: ["a", "b", "c", "d"],
      answer: i,
      subject,
    }));
    const record = await evaluateChoices(mmluTask(), items, {
      score: (requests) => Promise.resolve(requests.map(() => [0, -1, -1, -1])),
    });
    expect(record.metrics["acc"]!.value).toBe(0.5);
    expect(record.groups["anatomy"]).toMatchObject({ value: 1, n: 1 });
  });

  it("scorePredictions goes by id or by order, and misses nothing", async () => {
    const outputs = rows.map(({ answer }) => ({ output: answer }));
    expect((await scorePredictions(gsm8kTask(), rows, outputs)).metrics["strict"]!.value).toBe(1);
    const named = outputs.map(({ output }, i) => ({ id: String(i), output })).toReversed();
    expect((await scorePredictions(gsm8kTask(), rows, named)).metrics["strict"]!.value).toBe(1);
    await expect(async () => scorePredictions(gsm8kTask(), rows, outputs.slice(1))).rejects.toThrow(
      "expected 20 predictions",
    );
    await expect(async () =>
      scorePredictions(gsm8kTask(), rows, [...named.slice(1), { id: "x", output: "" }]),
    ).rejects.toThrow("item 19");
  });

  it("compareRecords pairs two files by item", async () => {
    const [a, b] = [file(), file()];
    await evaluateGeneration(gsm8kTask(), rows, generator({ wrong: 5 }), { file: a, model: "a" });
    const record = await evaluateGeneration(gsm8kTask(), rows, generator({ wrong: 3 }), { file: b, model: "b" });
    const comparison = await compareRecords(a, record, { resamples: 1000 });
    expect(comparison).toMatchObject({ metric: "flexible", n: 20, first: 0.8, second: 0.7 });
    expect(comparison.mcNemar).toMatchObject({ onlyFirst: 5, onlySecond: 3, p: expect.closeTo(0.7265625, 12) });
    expect(comparison.difference.value).toBeCloseTo(0.1, 12);
    expect((await compareRecords(b, b)).signFlip.p).toBe(1);
    await expect(compareRecords(a, await evaluateGeneration(gsm8kTask(), rows.slice(1), generator()))).rejects.toThrow(
      "in one only",
    );
    await expect(compareRecords(a, "nowhere.jsonl")).rejects.toThrow("a record file");
    await expect(compareRecords(a, b, { metric: "bleu" })).rejects.toThrow("expected bleu");
    expect((await readRecordFile(a))?.items).toHaveLength(20);
  });

  it("draws demonstrations with a seed, cuts at the earliest stop", () => {
    const draw = drawDemonstrations(rows, { count: 5, seed: 3 });
    expect(drawDemonstrations(rows, { count: 5, seed: 3 })).toEqual(draw);
    expect(new Set(draw.indices).size).toBe(5);
    expect(() => drawDemonstrations(rows, { count: 21, seed: 3 })).toThrow("pool's 20 rows");
    expect(cutAtStop("abcd", ["d", "b", ""])).toBe("a");
  });

  it("errors carry the brand that core recognises", () => {
    const error = new EvalInputError({ where: "f: x", expected: "1", received: "2", advice: "Pass 1" });
    expect(error.message).toBe("f: x: expected 1, received 2. Pass 1");
    expect((error as unknown as Record<symbol, unknown>)[Symbol.for("vpt.error")]).toBe(true);
    expect([EvalInputError.isInstance(error), EvalInputError.isInstance(new Error("x"))]).toEqual([true, false]);
  });
});
