import type { ProbePair } from "../charts/draw-probe.js";
import type { FinishedRun } from "../read-run.js";

/** Predicted and realized decreases of the downstream loss that a method's one-step probe logged. */
export const pairsOf = ({ logs }: FinishedRun, method: string): ProbePair[] =>
  (logs[method]?.probe ?? []).flatMap(({ predicted, realized, realised }) => {
    const outcome = realized ?? realised;
    return typeof predicted === "number" && typeof outcome === "number"
      ? [{ series: method, predicted, realized: outcome }]
      : [];
  });
