import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeMapPng, encodePng, renderScene } from "@vpt/data/images";
import { expect, it } from "vitest";
import { trainVision } from "./train-vision.js";

/** Pairs as CamVid's and a stream of 50 images, one of them cut off; one label map has a value that is no class. */
function corpus(): { readonly pairs: string; readonly unlabeled: string } {
  const root = mkdtempSync(join(tmpdir(), "bad-images-"));
  const [pairs, unlabeled] = [join(root, "pairs"), join(root, "unlabeled")];
  mkdirSync(unlabeled);
  const size = { width: 16, height: 16 };
  for (const [split, count] of [
    ["train", 49],
    ["val", 3],
  ] as const) {
    for (const part of ["images", "annotations"]) mkdirSync(join(pairs, part, split), { recursive: true });
    for (let i = 0; i < count; i++) {
      const { image, labels } = renderScene(i, size);
      writeFileSync(join(pairs, "images", split, `${i}.png`), encodePng(image));
      if (split === "train" && i === 7) labels.data[3] = 99;
      writeFileSync(join(pairs, "annotations", split, `${i}.png`), encodeMapPng(labels));
    }
  }
  for (let i = 0; i < 50; i++) {
    const bytes = encodePng(renderScene(100 + i, size).image);
    writeFileSync(join(unlabeled, `${i}.png`), i === 20 ? bytes.subarray(0, 200) : bytes);
  }
  return { pairs, unlabeled };
}

const train = (data: object, loader: object, out: string) =>
  trainVision(
    {
      kind: "vision",
      methods: ["baseline"],
      steps: 9,
      model: { hiddenSize: 16, layers: 1, heads: 2, registers: 1 },
      projectionHead: { hiddenSize: 16, bottleneckSize: 8, outputSize: 16 },
      pretrainSteps: 0,
      data,
      crops: { globalSize: 16, localSize: 8, locals: 0 },
      batchSize: 6,
      linearProbe: { steps: 2, batchSize: 2 },
      loader: { workers: 0, ...loader },
      backend: { compile: false, threads: 1 },
    },
    "test",
    {
      out,
      resume: false,
      signal: new AbortController().signal,
      progress: { log: () => undefined, setStatus: () => undefined } as never,
    },
    false,
  );

it("a run with 2 % bad images completes and says so; past the budget it ends in one line", async () => {
  const data = { ...corpus(), classes: 5, evaluatorHeads: 4, feedback: 4, size: [16, 16] };
  const out = mkdtempSync(join(tmpdir(), "bad-run-"));
  const said = (await train(data, {}, out))!;
  expect(said).toContain("skipped samples: 1 of unlabeled, 1 of labelled");
  const listed = readFileSync(join(out, "quarantine.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(listed).toEqual([
    { pool: "unlabeled", name: "20.png", reason: expect.stringMatching(/^image: cannot be read: [^\n]+$/) },
    { pool: "labelled", name: "train/7", reason: "label 99; expected 0 to 4, or 5 or 255 for void" },
  ]);
  expect(readFileSync(join(out, "report.html"), "utf8")).toContain("1 of unlabeled, 1 of labelled could not be used");
  await expect(train(data, { maxCorruptFraction: 0.01 }, join(out, "strict"))).rejects.toThrow(
    /pairs: 1 of 49 are bad, more than 1 %; the first, 7: label 99/,
  );
});

/** A tar of one file, whatever its name: tar programs take such names away. */
function tarOf(name: string, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(512);
  const fields = [
    [0, name],
    [100, "0000644\0"],
    [124, `${bytes.length.toString(8).padStart(11, "0")}\0`],
    [148, " ".repeat(8)],
    [156, "0"],
    [257, "ustar\x0000"],
  ] as const;
  for (const [at, text] of fields) header.write(text, at, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const padded = Buffer.alloc(Math.ceil(bytes.length / 512) * 512 + 1024);
  padded.set(bytes);
  return Buffer.concat([header, padded]);
}

it.each([
  ["../outside.png", /leads out of the archive/],
  ["/etc/passwd.png", /not a relative path/],
])("a stream of tars with %s is refused before the first step, in one line", async (name, message) => {
  const { pairs, unlabeled } = corpus();
  const bytes = encodePng(renderScene(0, { width: 16, height: 16 }).image);
  writeFileSync(join(unlabeled, "shard.tar"), tarOf(name, bytes));
  const said = await train(
    { pairs, unlabeled, classes: 5, evaluatorHeads: 4, feedback: 4, size: [16, 16] },
    {},
    mkdtempSync(join(tmpdir(), "tar-run-")),
  ).catch((error: Error) => error.message);
  expect(said).toMatch(message);
  expect(said).not.toContain("\n");
});
