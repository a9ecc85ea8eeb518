import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { appendLog, createCheckpoints, readLog, truncateLog, writeDurably } from "@vpt/core/run";
import { disposeUnreferenced, type TrainState } from "@vpt/core";
import { dinoCollapseDetector } from "@vpt/vision";
import { remaining, type Progress } from "../progress.js";
import { acquireRunDirectory } from "../acquire-run-directory.js";
import { tensorFile } from "@vpt/weights";
import { maskFigure, predictionFigure } from "./figures.js";
import { visionMethodOptions, trainVisionMethod } from "./train-vision-method.js";
import { scoreVision, type VisionScores } from "./score-vision.js";
import { batchesOf, startVision, type VisionStart } from "./start-vision.js";
import type { VisionMethod, VisionConfig } from "./config.js";
import { loadPools, type VisionPools } from "./vision-data.js";

/** `summary.json` of a vision run. */
export interface VisionSummary {
  readonly kind: "vision";
  readonly backend: string;
  readonly seed: number;
  readonly steps: number;
  readonly classes: readonly string[];
  readonly images: Readonly<Record<string, number>>;
  /** What could not be read, of the stream and of the labelled images; `quarantine.jsonl` has the whole list. */
  readonly leftOut: { readonly unlabeled: number; readonly labelled: number };
  /** Share of the steps' time that the learner waited for crops. */
  readonly stall: number;
  readonly before: VisionScores;
  readonly methods: readonly (VisionScores & { readonly method: VisionMethod; readonly secondsPerStep: number })[];
}

/** Where a run goes and how it is watched. */
export interface RunVisionOptions {
  readonly run: VisionConfig;
  readonly out: string;
  readonly resume: boolean;
  /** A run that is in `out` already is given up. */
  readonly overwrite?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * All methods of a vision run from one start on the same crops. Leaves `config.json`, `summary.json`, a folder an method (`metrics.jsonl`,
 * `timings.jsonl`, `checkpoints/`) and the figures `masks.png`, `predictions.png`.
 *
 * @returns The summary, or undefined when `signal` stopped the run.
 */
export async function runVision({
  run,
  out,
  resume,
  overwrite = false,
  progress,
  signal,
}: RunVisionOptions): Promise<VisionSummary | undefined> {
  const unlock = await acquireRunDirectory(out, run, { resume, overwrite });
  try {
    const { device, threads, precision } = run.backend;
    const backend = await useBackend({
      device,
      precision,
      ...(threads !== undefined && { threads }),
      log: progress.log,
    });
    const pools = await loadPools(run, progress.log);
    const start = await startVision(run, pools, progress);
    const before = (await scoreVision(start.config, start.params, run, pools)).scores;
    progress.log(`before: ${describeScores(before)}`);
    const methods: VisionSummary["methods"][number][] = [];
    for (const method of run.methods) {
      const state = await oneArm(start, pools, method, { run, out, resume, progress, signal });
      if (state.step < run.steps) {
        progress.log(`stopped at step ${state.step} of ${method}; the same command with --resume goes on from there`);
        return undefined;
      }
      const { scores, shown } = await scoreVision(start.config, state.params, run, pools);
      if (method === "value" || !existsSync(join(out, "predictions.png")))
        await writeDurably(join(out, "predictions.png"), predictionFigure(shown, pools.classes.length));
      if (method === "value") {
        const batches = batchesOf({ ...run, loader: { ...run.loader, workers: 0 } }, pools, start.config, run.seed);
        const batch = await batches.at(run.steps);
        await batches.close();
        const designer = visionMethodOptions(method, run, start, pools).step.designer;
        await writeDurably(
          join(out, "masks.png"),
          await maskFigure(designer, state.designerParams, batch, run.designer.blur),
        );
        tf.dispose(batch as unknown as tf.TensorContainer);
      }
      methods.push({ method, ...scores, secondsPerStep: medianSeconds(join(out, method, "timings.jsonl")) });
      progress.log(`${method}: ${describeScores(scores)}`);
      disposeUnreferenced(state, start.params);
    }
    const summary: VisionSummary = {
      kind: "vision",
      backend: `${backend.name} ${backend.device}`,
      seed: run.seed,
      steps: run.steps,
      classes: pools.classes,
      images: Object.fromEntries(
        (["unlabeled", "evaluatorHeads", "feedback", "linearProbe", "test"] as const).map((name) => [
          name,
          pools[name].length,
        ]),
      ),
      leftOut: { unlabeled: await listLeftOut(out, run.methods, pools), labelled: pools.skipped.length },
      stall: stallOf(out, run.methods),
      before,
      methods,
    };
    await writeDurably(join(out, "summary.json"), JSON.stringify(summary, null, 2));
    return summary;
  } finally {
    unlock();
  }
}

/** Writes what was left out, each image once, and counts those of the stream. */
async function listLeftOut(out: string, methods: readonly VisionMethod[], pools: VisionPools): Promise<number> {
  const logged = methods.flatMap((method) => readLog(join(out, method, "quarantine.jsonl")));
  const stream = new Map(logged.map(({ name, reason }) => [String(name), { pool: "unlabeled", name, reason }]));
  const lines = [...stream.values(), ...pools.skipped.map((bad) => ({ pool: "labelled", ...bad }))];
  await writeDurably(join(out, "quarantine.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return stream.size;
}

function stallOf(out: string, methods: readonly VisionMethod[]): number {
  const timings = methods.flatMap((method) => readLog(join(out, method, "timings.jsonl")));
  const total = (name: string): number => timings.reduce((sum, line) => sum + Number(line[name]), 0);
  return total("dataSeconds") / total("seconds");
}

/** Scores in one line. */
export const describeScores = ({ mIoU, rmse }: VisionScores): string =>
  [mIoU !== undefined && `mIoU ${mIoU.toFixed(4)}`, rmse !== undefined && `depth RMSE ${rmse.toFixed(4)} m`]
    .filter(Boolean)
    .join(", ");

async function oneArm(
  start: VisionStart,
  pools: VisionPools,
  method: VisionMethod,
  { run, out, resume, progress, signal }: RunVisionOptions,
): Promise<TrainState> {
  const folder = join(out, method);
  const [metrics, timings, quarantine] = ["metrics", "timings", "quarantine"].map((name) =>
    join(folder, `${name}.jsonl`),
  ) as [string, string, string];
  const logs = { metrics, timings, quarantine };
  if (!resume) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "checkpoints"), { recursive: true });
  const checkpoints = createCheckpoints(join(folder, "checkpoints"), tensorFile, {
    keep: run.keepCheckpoints,
    kind: "vision",
    method,
  });
  const state = resume ? (await checkpoints.latest(start.params))?.state : undefined;
  for (const path of Object.values(logs)) await truncateLog(path, state?.step ?? 0);
  const began = Date.now();
  const first = state?.step ?? 0;
  let at = first;
  const alarm = dinoCollapseDetector({ outputs: run.projectionHead.outputSize });
  const known = new Set(readLog(logs.quarantine).map(({ name }) => name));
  const done = await trainVisionMethod(start, pools, {
    method,
    run,
    signal,
    onBad: (bad) => {
      if (known.has(bad.name)) return; // seen before the run was stopped
      known.add(bad.name);
      appendLog(logs.quarantine, { step: at, ...bad });
      if (known.size <= 3) progress.log(`${method}: left out ${bad.name}: ${bad.reason}`);
    },
    ...(state && { state }),
    onStep: async (metrics, { seconds, dataSeconds }, now) => {
      at = now.step;
      appendLog(logs.metrics, { ...metrics, step: now.step - 1 });
      appendLog(logs.timings, {
        step: now.step - 1,
        seconds,
        dataSeconds,
        imagesPerSecond: run.batchSize / seconds,
      });
      const cry = alarm(metrics);
      if (cry) progress.log(`${method}: ${cry}`);
      const { loss, value, mask } = metrics;
      const shown = [
        `loss ${loss?.toFixed(3)}`,
        value !== undefined && `value ${value.toExponential(1)}`,
        mask !== undefined && `mask ${mask.toFixed(2)}`,
      ];
      progress.setStatus(
        `${method} ${now.step}/${run.steps} ${shown.filter(Boolean).join(", ")}, ${(run.batchSize / seconds).toFixed(0)} images/s, ${remaining(now.step - first, run.steps - first, (Date.now() - began) / 1000)}`,
      );
      if (now.step % run.saveEvery === 0) await checkpoints.save({ state: now, data: {} });
    },
  });
  if (done.step % run.saveEvery !== 0) await checkpoints.save({ state: done, data: {} });
  return done;
}

function medianSeconds(path: string): number {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const seconds = lines.map((line) => (JSON.parse(line) as { seconds: number }).seconds).sort((a, b) => a - b);
  return seconds[seconds.length >> 1]!;
}
