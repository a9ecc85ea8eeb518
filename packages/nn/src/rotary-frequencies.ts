/** How a decoder's rotary frequencies are stretched for texts longer than it was first trained on. */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "dynamic";
      readonly factor: number;
      /** Longest text that keeps the plain frequencies. */
      readonly maxPositions: number;
    }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    }
  | {
      readonly type: "yarn";
      readonly factor: number;
      readonly originalPositions: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Multiplies cosines and sines. */
      readonly attentionFactor: number;
      /** Round the corrected range to whole dimensions; default true. */
      readonly truncate?: boolean;
    };

/**
 * Angle per position of each of the `width / 2` planes, in float64: `θ^(−2j/C)`, or that changed by a scaling rule, and
 * the factor that cosines and sines carry (1 but for YaRN).
 *
 * - `linear`: divided by the factor.
 * - `dynamic`: `θ' = θ·(f·n/m − f + 1)^(C/(C−2))` once the text's length n exceeds m.
 * - `llama3`: long wavelengths divided by the factor, short ones kept, between them a blend.
 * - `yarn`: the same idea with a linear ramp over dimensions.
 *
 * @param options.length Positions in the whole text, which `dynamic` looks at.
 * @example
 * ```ts
 * rotaryFrequencies({ width: 64, theta: 10_000, length: 16 }).frequencies[0]; // 1
 * ```
 * @see Linear: arXiv 2306.15595. YaRN: arXiv 2309.00071. Hugging Face `modeling_rope_utils.py`.
 * @category attention
 */
export const rotaryFrequencies = (options: {
  readonly width: number;
  readonly theta: number;
  readonly length: number;
  readonly scaling?: RopeScaling | undefined;
}): { readonly frequencies: Float64Array; readonly magnitude: number } => {
  const { width, theta, scaling, length } = options;
  const plain = (base: number): Float64Array =>
    Float64Array.from({ length: width / 2 }, (_, j) => base ** ((-2 * j) / width));
  switch (scaling?.type) {
    case undefined:
      return { frequencies: plain(theta), magnitude: 1 };
    case "linear":
      return { frequencies: plain(theta).map((each) => each / scaling.factor), magnitude: 1 };
    case "dynamic": {
      const { factor, maxPositions } = scaling;
      const longer = (factor * Math.max(length, maxPositions)) / maxPositions - (factor - 1);
      return { frequencies: plain(theta * longer ** (width / (width - 2))), magnitude: 1 };
    }
    case "llama3":
      return { frequencies: plain(theta).map((each) => llama3(each, scaling)), magnitude: 1 };
    case "yarn":
      return { frequencies: yarn(plain(theta), options.theta, scaling), magnitude: scaling.attentionFactor };
  }
};

type Llama3 = Extract<RopeScaling, { type: "llama3" }>;
type Yarn = Extract<RopeScaling, { type: "yarn" }>;

const llama3 = (
  frequency: number,
  { factor, lowFrequencyFactor, highFrequencyFactor, originalPositions }: Llama3,
): number => {
  const turns = (originalPositions * frequency) / (2 * Math.PI); // of this plane over the original context
  if (turns > highFrequencyFactor) return frequency;
  if (turns < lowFrequencyFactor) return frequency / factor;
  const kept = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return ((1 - kept) * frequency) / factor + kept * frequency;
};

const yarn = (plain: Float64Array, theta: number, scaling: Yarn): Float64Array => {
  const { factor, originalPositions, betaFast, betaSlow, truncate = true } = scaling;
  const width = 2 * plain.length;
  const dimensionOf = (turns: number): number =>
    (width * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const round = (x: number, how: (x: number) => number): number => (truncate ? how(x) : x);
  const low = Math.max(round(dimensionOf(betaFast), Math.floor), 0);
  const found = Math.min(round(dimensionOf(betaSlow), Math.ceil), width - 1);
  const high = found === low ? found + 0.001 : found;
  return plain.map((frequency, j) => {
    const stretched = Math.min(1, Math.max(0, (j - low) / (high - low)));
    return (stretched * frequency) / factor + (1 - stretched) * frequency;
  });
};
