import { VptError } from "@vpt/contracts";

/**
 * Computes the order p of a remainder `|R(η)| ∝ η^p`: the least-squares slope of `log|R|` on `log η`. Proposition 3.2
 * says 2 for `R(η) = J(φ) − (L_down(θ) − ηV)`, where `J(φ) = L_down(θ − η∇_θ L_pre(θ; φ))`.
 *
 * @throws {VptError} With fewer than two step sizes, or a remainder of zero: there is no slope.
 * @example
 * ```ts
 * import { taylorRemainderOrder } from "@vpt/core";
 *
 * const coarse = { learningRate: 0.1, remainder: 0.02 };
 * const fine = { learningRate: 0.05, remainder: 0.005 };
 * taylorRemainderOrder([coarse, fine]); // 2
 * ```
 * @see arXiv 2601.22108v1, proposition 3.2, equation 18.
 * @category diagnostics
 */
export function taylorRemainderOrder(
  points: readonly { readonly learningRate: number; readonly remainder: number }[],
): number {
  const logs = points.map(({ learningRate, remainder }) => [Math.log(learningRate), Math.log(Math.abs(remainder))]);
  if (points.length < 2 || !logs.flat().every(Number.isFinite)) {
    throw new VptError(
      "taylorRemainderOrder: expected two or more points with η > 0 and a remainder that is not zero, " +
        `received ${JSON.stringify(points)}`,
    );
  }
  const mean = (i: 0 | 1): number => logs.reduce((sum, point) => sum + point[i]!, 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const product = logs.reduce((sum, point) => sum + (point[0]! - x) * (point[1]! - y), 0);
  return product / logs.reduce((sum, point) => sum + (point[0]! - x) ** 2, 0);
}
