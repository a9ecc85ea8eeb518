/** Predictions, and what was to be predicted. */
export interface SoftmaxPredictions {
  /** Probabilities p of the S outcomes, row by row: `[N · S]`. Each row sums to 1. */
  readonly probs_NS: Float32Array;
  /** The outcome of each row. */
  readonly labels_N: Int32Array;
  /** S. */
  readonly outcomes: number;
  /** The rows that count, by index; all by default. */
  readonly rows?: Int32Array;
}

/** How a bias is fitted. */
export interface SoftmaxBiasOptions {
  /** λ, the weight of `‖b‖²/2` beside the summed NLL. */
  readonly ridge: number;
  /** Stops when an iteration gains less than this, in nats a row. Default 1e-5. */
  readonly tolerance?: number;
  /** Most iterations. Default 200. */
  readonly iterations?: number;
}

/**
 * Fits the bias b of `p_b(s | n) ∝ p_ns·exp(b_s)` that minimises `Σ_n −log p_b(label_n | n) + λ‖b‖²/2`, by improved
 * iterative scaling: b_s moves to where `count_s − E_s·exp(δ) − λ(b_s + δ) = 0`, with E_s the expected count now. Every
 * iteration lowers the objective. In float64 throughout; the same input gives the same bits.
 *
 * @returns `[S]`.
 * @see Chen and Rosenfeld (1999), "A Gaussian prior for smoothing maximum entropy models", equation 10 with one active
 *   feature an outcome.
 */
export function fitSoftmaxBias(
  given: SoftmaxPredictions,
  { ridge, tolerance = 1e-5, iterations = 200 }: SoftmaxBiasOptions,
): Float64Array {
  const counts = new Float64Array(given.outcomes);
  const rows = rowsOf(given);
  for (const n of rows) counts[given.labels_N[n]!]! += 1;
  const bias = new Float64Array(given.outcomes);
  const objective = (logTotal: number): number =>
    bias.reduce((sum, b, s) => sum - counts[s]! * b + (ridge / 2) * b * b, logTotal);
  let best = objective(0);
  let { expected } = expectedCounts(given, bias);
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let s = 0; s < bias.length; s++) bias[s]! += step(counts[s]! - ridge * bias[s]!, expected[s]!, ridge);
    const next = expectedCounts(given, bias);
    expected = next.expected;
    const now = objective(next.logTotal);
    const gained = best - now;
    best = now;
    if (gained < tolerance * rows.length) break;
  }
  return bias;
}

/** Returns how much a bias lowers the mean NLL of the rows, in nats. */
export function biasGain(given: SoftmaxPredictions, bias_S: Float64Array): number {
  const rows = rowsOf(given);
  const { logTotal } = expectedCounts(given, bias_S);
  return (rows.reduce((sum, n) => sum + bias_S[given.labels_N[n]!]!, 0) - logTotal) / Math.max(1, rows.length);
}

const rowsOf = ({ rows, labels_N }: SoftmaxPredictions): Int32Array => rows ?? Int32Array.from(labels_N.keys());

/** `E_s = Σ_n p_b(s | n)`, and `Σ_n log Σ_s p_ns e^b_s`. */
function expectedCounts(given: SoftmaxPredictions, bias: Float64Array) {
  const { probs_NS, outcomes } = given;
  const weight = bias.map(Math.exp);
  const expected = new Float64Array(outcomes);
  let logTotal = 0;
  for (const n of rowsOf(given)) {
    const start = n * outcomes;
    let total = 0;
    for (let s = 0; s < outcomes; s++) total += probs_NS[start + s]! * weight[s]!;
    logTotal += Math.log(total);
    const inverse = 1 / total;
    for (let s = 0; s < outcomes; s++) expected[s]! += probs_NS[start + s]! * inverse;
  }
  return { expected: expected.map((e, s) => e * weight[s]!), logTotal };
}

/** The root δ of `missing − E·e^δ − λδ`, by Newton from its right, from where the steps never pass it. */
function step(missing: number, expectedCount: number, ridge: number): number {
  const e = Math.max(expectedCount, 1e-12);
  let delta = missing > e ? Math.log(missing / e) : 0;
  for (let i = 0; i < 50; i++) {
    const moved = e * Math.exp(delta);
    const change = (moved + ridge * delta - missing) / (moved + ridge);
    delta -= change;
    if (Math.abs(change) < 1e-9) break;
  }
  return delta;
}
