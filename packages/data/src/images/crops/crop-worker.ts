import { parentPort, workerData } from "node:worker_threads";
import { cropsOfPlan, type CropPlan } from "./crop-plan.js";

// A thread of `createCropLoader`: a step comes in, its crops go out, their memory handed over and not copied.
const cropsAt = cropsOfPlan(workerData as CropPlan);
parentPort!.on("message", (step: number) => {
  cropsAt(step).then(
    (draw) => {
      const memory = [draw.globals.buffer, ...(draw.locals ? [draw.locals.buffer] : [])] as ArrayBuffer[];
      parentPort!.postMessage({ draw }, memory);
    },
    (error: unknown) => parentPort!.postMessage({ error: (error as Error).message }),
  );
});
