import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lossesSeen, trainLanguage, trainVision } from "./own-program.js";

const out = (): string => join(mkdtempSync(join(tmpdir(), "own-program-")), "run");

it("trains a language model and a vision transformer, and sees every loss", async () => {
  const rows = { synthetic: "problems", limit: 4 } as const;
  const language = await trainLanguage(
    {
      model: "tiny",
      steps: 2,
      methods: ["baseline"],
      data: { unlabeled: { synthetic: "stream", limit: 4 }, feedback: rows, test: { ...rows, split: "test" } },
      backend: { threads: 1 },
    },
    out(),
  );
  expect(language).toMatchObject({ kind: "language", methods: [{ method: "baseline" }] });
  const vision = await trainVision(
    {
      kind: "vision",
      steps: 2,
      pretrainSteps: 0,
      methods: ["baseline"],
      model: { hiddenSize: 16, layers: 1, heads: 2, registers: 1 },
      projectionHead: { hiddenSize: 16, bottleneckSize: 8, outputSize: 16 },
      data: {
        rendered: true,
        unlabeled: 4,
        evaluatorHeads: 2,
        feedback: 2,
        linearProbe: 2,
        test: 2,
        unlabeledSize: 20,
      },
      crops: { globalSize: 16, localSize: 8, locals: 1 },
      batchSize: 2,
      linearProbe: { steps: 2, batchSize: 2 },
      loader: { workers: 0 },
      backend: { threads: 1, compile: false },
    },
    out(),
  );
  expect(vision).toMatchObject({ kind: "vision", methods: [{ method: "baseline" }] });
  expect(lossesSeen()).toHaveLength(4);
}, 300_000);
