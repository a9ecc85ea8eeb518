/** A smooth function: its value and gradient. */
export type ValueAndGradient = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/**
 * Minimises a smooth function of a few numbers by BFGS with backtracking: every step lowers the value. Stops when the
 * gradient's norm is below `tolerance`, or no step lowers the value any more.
 *
 * @see Nocedal and Wright, Numerical Optimization, algorithm 6.1
 */
export function minimize(
  f: ValueAndGradient,
  start: ArrayLike<number>,
  { tolerance = 1e-8, iterations = 500 }: { readonly tolerance?: number; readonly iterations?: number } = {},
): Float64Array {
  const size = start.length;
  let x = Float64Array.from(start);
  let { value, gradient } = f(x);
  let inverse = identity(size);
  for (let i = 0; i < iterations && Math.sqrt(dot(gradient, gradient)) > tolerance; i++) {
    let direction = inverse.map((row) => -dot(row, gradient));
    let slope = dot(Float64Array.from(direction), gradient);
    if (slope >= 0) {
      inverse = identity(size);
      direction = Array.from(gradient, (g) => -g);
      slope = -dot(gradient, gradient);
    }
    let rate = 1;
    let next = f(x.map((each, k) => each + rate * direction[k]!));
    while (!(next.value <= value + 1e-4 * rate * slope) && rate > 1e-12) {
      rate /= 2;
      next = f(x.map((each, k) => each + rate * direction[k]!));
    }
    if (!(next.value < value)) break;
    const step = Float64Array.from(direction, (d) => rate * d);
    inverse = updated(
      inverse,
      step,
      next.gradient.map((g, k) => g - gradient[k]!),
    );
    x = x.map((each, k) => each + step[k]!);
    ({ value, gradient } = next);
  }
  return x;
}

const identity = (size: number): Float64Array[] =>
  Array.from({ length: size }, (_, i) => Float64Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)));

/** BFGS's inverse Hessian after a step s that changed the gradient by y; unchanged where y·s is not positive. */
function updated(inverse: readonly Float64Array[], s: Float64Array, y: Float64Array): Float64Array[] {
  const curvature = dot(s, y);
  if (!(curvature > 1e-14)) return [...inverse];
  const moved = Float64Array.from(inverse, (row) => dot(row, y));
  const scale = (1 + dot(y, moved) / curvature) / curvature;
  return inverse.map((row, i) =>
    row.map((h, j) => h + scale * s[i]! * s[j]! - (moved[i]! * s[j]! + s[i]! * moved[j]!) / curvature),
  );
}
