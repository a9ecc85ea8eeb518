import type { Designer } from "@vpt/core";
import { tiltDesigner, topKDesigner, type DecoderConfig, type LanguageBatch, type LanguageView } from "@vpt/lang";
import type { StepFlops } from "@vpt/train/language";

/** A way to design targets, as the benchmarks of steps run it. */
interface ValueMethod {
  designer(sizes: {
    readonly config: DecoderConfig;
    readonly candidates: number;
  }): Designer<LanguageBatch, LanguageView>;
  /** Operations of a step beyond the baseline's, on average, with a value update every r steps. */
  extraFlops(parts: StepFlops, r: number): number;
}

/** The designers that `vpt bench overhead` can time; a further one is a further line. */
export const valueMethods = {
  // Every step builds its target. An update runs the designer forward once more, and backward, which counts twice.
  value: {
    designer: ({ config, candidates }) => topKDesigner({ embeddingSize: config.hiddenSize, candidates }),
    extraFlops: ({ feedback, value, design }, r) => design + (feedback + value + 3 * design) / r,
  },
  // No network and no derivative: every step runs the aligned blocks once more.
  anchored: {
    designer: ({ candidates }) => tiltDesigner({ candidates, anchored: true }),
    extraFlops: ({ feedback, ahead }, r) => ahead + feedback / r,
  },
  // No network, but every step takes the derivative of the features.
  tilt: {
    designer: ({ candidates }) => tiltDesigner({ candidates }),
    extraFlops: ({ feedback, value }, r) => value + feedback / r,
  },
} as const satisfies Record<string, ValueMethod>;

/** Name of one of `valueMethods`. */
export type ValueMethodName = keyof typeof valueMethods;
