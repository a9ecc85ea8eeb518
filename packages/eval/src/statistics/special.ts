// Special functions, to about 1e-13: what exact tests need and the platform lacks.

/** ln Γ(x) for x > 0: Stirling's series after shifting x to at least 12. */
export function logGamma(x: number): number {
  let shift = 0;
  for (; x < 12; x++) shift += Math.log(x);
  const y = 1 / (x * x);
  const series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360360)))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction on the side where it converges. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

function fraction(x: number, a: number, b: number): number {
  const safe = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value;
}

/** P(0 < T < t) of Student's t, for t >= 0; accurate near 0. */
export function studentCentre(t: number, degrees: number): number {
  return 0.5 * incompleteBeta((t * t) / (degrees + t * t), 0.5, degrees / 2);
}

/** P(T > t) of Student's t, for t >= 0; accurate far out. */
export function studentTail(t: number, degrees: number): number {
  const square = t * t;
  return square < degrees
    ? 0.5 - studentCentre(t, degrees)
    : 0.5 * incompleteBeta(degrees / (degrees + square), degrees / 2, 0.5);
}
