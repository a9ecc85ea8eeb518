import type { StepMetrics } from "@vpt/core";
import { remaining, type Progress } from "../progress.js";
import type { RunCallback } from "../run-callback.js";

/**
 * Shows the step, its loss, value and gate or mask, the throughput and the time left, in one line. `now` is for tests.
 */
export function progressLine(progress: Progress, now: () => number = Date.now): RunCallback {
  let [began, firstStep] = [now(), 0];
  return {
    onMethodStart: ({ state }) => {
      [began, firstStep] = [now(), state.step];
    },
    onStep: ({ method, step, steps, metrics, units, unit, seconds }) => {
      const done = step + 1;
      const left = remaining(done - firstStep, steps - firstStep, (now() - began) / 1000);
      const rate = `${Math.round(units / seconds)} ${unit === "tokens" ? "tok" : "images"}/s`;
      progress.setStatus(`${method} ${done}/${steps} ${describeStep(metrics)}, ${rate}, ${left}`);
    },
  };
}

const describeStep = ({ loss, value, gate, mask }: StepMetrics): string =>
  [
    `loss ${loss?.toFixed(3)}`,
    ...(value !== undefined ? [`value ${value.toExponential(1)}`] : []),
    ...(gate !== undefined ? [`α ${gate.toFixed(2)}`] : []),
    ...(mask !== undefined ? [`mask ${mask.toFixed(2)}`] : []),
  ].join(", ");
