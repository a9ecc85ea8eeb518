import { VptError, type StepMetrics } from "@vpt/core";

/** Options of {@link dinoCollapseDetector}. */
export interface DinoCollapseDetectorOptions {
  /** K, the head's outputs: the teacher's entropy lies between 0 and ln K. */
  readonly outputs: number;
  /** Share of the way next to either end where a mask's mean or the teacher's entropy should not stay. Default 0.02. */
  readonly margin?: number;
  /** Spread of the teacher's centred logits, which are cosines, below which all images look the same. Default 1e-3. */
  readonly leastDeviation?: number;
  /** Steps in a row. Default 200. */
  readonly patience?: number;
}

/**
 * Watches a vision run for four collapses. Masks may keep everything, which is the baseline, or nothing, so that two
 * blurred views agree. The teacher may give every image one prototype (entropy 0), or all prototypes alike (entropy ln
 * K, or no spread of its centred logits). The detector warns once each time a collapse has lasted `patience` steps.
 *
 * @returns A function of the metrics of each step. It returns a warning, or undefined.
 * @throws {VptError} When there are fewer than two outputs.
 * @example
 * ```ts
 * import { trainStep, type TrainState, type TrainStepOptions } from "@vpt/core";
 * import { dinoCollapseDetector, type VisionBatch, type VisionView } from "@vpt/vision";
 *
 * const collapseOf = dinoCollapseDetector({ outputs: 8192 });
 * async function step(state: TrainState, batch: VisionBatch, options: TrainStepOptions<VisionBatch, VisionView>) {
 *   const { state: next, metrics } = await trainStep(state, batch, options);
 *   const warning = collapseOf(metrics);
 *   if (warning !== undefined) console.warn(warning);
 *   return next;
 * }
 * ```
 * @see Method 8.11; not in the paper.
 * @category training
 */
export function dinoCollapseDetector({
  outputs,
  margin = 0.02,
  leastDeviation = 1e-3,
  patience = 200,
}: DinoCollapseDetectorOptions): (metrics: StepMetrics) => string | undefined {
  if (!(outputs >= 2)) throw new VptError(`dinoCollapseDetector: outputs ${outputs}; expected at least 2`);
  const whole = Math.log(outputs);
  const signs: readonly { readonly is: (metrics: StepMetrics) => boolean; readonly says: string }[] = [
    {
      is: ({ mask = 0.5 }) => mask > 1 - margin,
      says:
        "masks have kept nearly every pixel, so this is the baseline; raise designer.sparsity or lower " +
        "designer.keep",
    },
    {
      is: ({ mask = 0.5 }) => mask < margin,
      says:
        "masks have kept nearly nothing, so that blurred views agree for free; raise designer.sparsity " +
        "or designer.keep",
    },
    {
      is: ({ teacherEntropy = whole / 2 }) => teacherEntropy < margin * whole,
      says:
        "the teacher has given each image one prototype for sure; raise the teacher's temperature or " +
        "lower the learning rate",
    },
    {
      is: ({ teacherEntropy = whole / 2, logitDeviation = 1 }) =>
        teacherEntropy > (1 - margin) * whole || logitDeviation < leastDeviation,
      says:
        "the teacher has told images apart no longer: representations collapse; lower the learning rate " +
        "or the teacher's temperature",
    },
  ];
  const lasted = signs.map(() => 0);
  return (metrics) => {
    signs.forEach((sign, i) => (lasted[i] = sign.is(metrics) ? lasted[i]! + 1 : 0));
    const found = signs.find((_, i) => lasted[i] === patience);
    return found && `step ${metrics["step"]}: for ${patience} steps ${found.says}`;
  };
}
