import { Worker } from "node:worker_threads";
import { VptError } from "@vpt/contracts";
import { loadSharp } from "../decode-image.js";
import { createBadSampleTracker, type SkippedSample } from "../bad-sample-tracker.js";
import type { RgbImage } from "../rgb-image.js";
import { cropsOfPlan, type CropDraw, type CropPlan } from "./crop-plan.js";
import { cropWorkerUrl } from "./crop-worker-url.js";

/** Choices of {@link createCropLoader}. */
export interface CropLoaderOptions {
  /** Threads that decode and crop; 0 does it in this one. The crops are the same. */
  readonly workers?: number;
  /** Steps made before they are asked for; by default one more than there are threads. */
  readonly ahead?: number;
  /** Give up when more than this share of the images seen is bad. Default 0.05. */
  readonly maxCorruptFraction?: number;
  /** Told of every bad image, once. */
  readonly onBad?: (bad: SkippedSample) => void;
}

/** Crops of any step; threads work ahead of the last one asked for. */
export interface CropLoader {
  /** Ask for steps in ascending order: what lies before is thrown away. */
  at(step: number): Promise<CropDraw>;
  readonly quarantined: readonly SkippedSample[];
  /** Images seen so far; 0 where they came decoded. */
  readonly seen: number;
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Decodes and crops in threads, ahead of the learner. Crops and their order are a pure function of the plan and the
 * step, whatever the number of threads, so that a run's cursor is its step. An image that cannot be read is left out,
 * counted and budgeted.
 *
 * @throws {VptError} From `at`: when too many images are bad, or a thread ends.
 * @example
 * ```ts
 * const loader = createCropLoader({ images: await listImages("photos"), batchSize: 16, seed: 0 }, { workers: 2 });
 * const { globals } = await loader.at(0);
 * await loader.close();
 * ```
 * @category crops
 */
export function createCropLoader(
  plan: CropPlan,
  { workers = 1, ahead = workers + 1, maxCorruptFraction, onBad }: CropLoaderOptions = {},
): CropLoader {
  const quarantine = createBadSampleTracker("images", {
    ...(maxCorruptFraction !== undefined && { maxCorruptFraction }),
    ...(onBad && { onBad }),
  });
  const isDecoded = plan.images.length > 0 && "data" in plan.images[0]!;
  const threads =
    workers === 0
      ? undefined
      : startThreads({ ...plan, images: isDecoded ? share(plan.images as readonly RgbImage[]) : plan.images }, workers);
  const make = threads?.make ?? cropsOfPlan(plan);
  const made = new Map<number, Promise<CropDraw>>();
  const begin = (step: number): Promise<CropDraw> => {
    const known = made.get(step);
    if (known) return known;
    const draw = make(step);
    draw.catch(() => undefined); // told to whoever asks for the step
    made.set(step, draw);
    return draw;
  };
  return {
    async at(step) {
      if (!isDecoded) await loadSharp(); // without it every image would look bad
      const wanted = begin(step);
      if (threads) for (let next = 1; next <= ahead; next++) void begin(step + next);
      for (const old of made.keys()) if (old <= step) made.delete(old);
      const draw = await wanted;
      for (const { name, reason } of draw.looked) quarantine.note(name, reason);
      return draw;
    },
    quarantined: quarantine.bad,
    get seen() {
      return quarantine.seen;
    },
    close: async () => threads?.close(),
  };
}

/** Images in memory that threads see too; the copies of a message would be one set a thread. */
function share(images: readonly RgbImage[]): RgbImage[] {
  const memory = new SharedArrayBuffer(images.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  return images.map(({ data, width, height }) => {
    const shared = new Uint8Array(memory, at, data.length);
    shared.set(data);
    at += data.length;
    return { data: shared, width, height };
  });
}

type Reply = { readonly draw: CropDraw } | { readonly error: string };
interface Job {
  readonly step: number;
  readonly settle: (reply: Reply) => void;
}

/** Threads that take the next step of a queue whenever they are free. */
function startThreads(plan: CropPlan, count: number) {
  const queue: Job[] = [];
  const idle: Worker[] = [];
  const running = new Map<Worker, Job>();
  let failure: string | undefined;
  const pump = (): void => {
    if (failure !== undefined) for (const job of queue.splice(0)) job.settle({ error: failure });
    while (idle.length > 0 && queue.length > 0) {
      const [worker, job] = [idle.shift()!, queue.shift()!];
      running.set(worker, job);
      worker.ref(); // an idle thread does not keep the process
      worker.postMessage(job.step);
    }
  };
  const threads = Array.from({ length: count }, () => {
    const worker = new Worker(cropWorkerUrl, { workerData: plan });
    const fail = (reason: string): void => {
      failure ??= `crops: a thread ended: ${reason}`;
      running.get(worker)?.settle({ error: failure });
      running.delete(worker);
      pump();
    };
    worker.on("message", (reply: Reply) => {
      running.get(worker)!.settle(reply);
      running.delete(worker);
      worker.unref();
      idle.push(worker);
      pump();
    });
    worker.on("error", (error: Error) => fail(error.message));
    worker.on("exit", (code) => fail(`exit code ${code}`));
    worker.unref();
    idle.push(worker);
    return worker;
  });
  return {
    make: (step: number): Promise<CropDraw> =>
      new Promise((resolve, reject) => {
        queue.push({
          step,
          settle: (reply) => ("draw" in reply ? resolve(reply.draw) : reject(new VptError(reply.error))),
        });
        pump();
      }),
    close: async (): Promise<void> => {
      await Promise.all(threads.map((worker) => worker.terminate()));
    },
  };
}
