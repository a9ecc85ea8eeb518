import type { ProbeDiagnostics } from "@vpt/train";

/** Made-up diagnostics in which every part is there. */
export const fixtureDiagnostics: ProbeDiagnostics = {
  stepBound: {
    smoothness: 12.34,
    held: 0.75,
    largestRate: 0.0312,
    points: [
      { rate: 0.1, guaranteed: 0.01, realised: 0.02 },
      { rate: 0.01, guaranteed: 0.003, realised: 0.004 },
      { rate: 0.1, guaranteed: -0.04, realised: -0.01 },
      { rate: 0.01, guaranteed: 0.002, realised: 0.001 },
    ],
  },
  remainder: {
    order: 1.984,
    quartiles: [1.9, 2.01],
    n: 2,
    points: [
      { rate: 0.1, remainder: 0.03 },
      { rate: 0.01, remainder: 0.0003 },
    ],
  },
  estimator: {
    draws: [0.1, 0.14, 0.12],
    exact: 0.1,
    mean: 0.12,
    standardError: 0.011547,
    deviations: 1.732,
    sameRows: { draws: [0.1021, 0.1079], mean: 0.105, standardError: 0.00289, deviations: 1.73 },
  },
  subset: [
    { value: 0.5, subsetValue: 0.2, bound: 0.4, downstreamShare: 0.3, pretrainingShare: 0.1 },
    { value: 0.25, subsetValue: 0.15, bound: 0.2, downstreamShare: 0.2, pretrainingShare: 0.2 },
  ],
  stepTaken: {
    over: "aligned",
    pairs: [
      { predicted: 0.001, realised: 0.0012 },
      { predicted: -0.002, realised: -0.0018 },
    ],
    r: 0.9,
    ci95: [-1, 1],
    slope: 0.96,
  },
};
