import { expect, it } from "vitest";
import { minimize } from "./minimize.js";

it("finds the minimum of Rosenbrock's valley, (1, 1)", () => {
  const valley = ([x, y]: ArrayLike<number> & Iterable<number>) => ({
    value: (1 - x!) ** 2 + 100 * (y! - x! * x!) ** 2,
    gradient: Float64Array.of(-2 * (1 - x!) - 400 * x! * (y! - x! * x!), 200 * (y! - x! * x!)),
  });
  const [x, y] = minimize(valley, [-1.2, 1]);
  expect(x).toBeCloseTo(1, 6);
  expect(y).toBeCloseTo(1, 6);
});

it("solves a linear system as a quadratic, and stays where the gradient is 0", () => {
  // 2x + y = 3, x + 3y = 4 has the solution (1, 1)
  const quadratic = ([x, y]: ArrayLike<number> & Iterable<number>) => ({
    value: x! * x! + x! * y! + 1.5 * y! * y! - 3 * x! - 4 * y!,
    gradient: Float64Array.of(2 * x! + y! - 3, x! + 3 * y! - 4),
  });
  for (const each of minimize(quadratic, [10, -10])) expect(each).toBeCloseTo(1, 7);
  expect([...minimize(quadratic, [1, 1])]).toEqual([1, 1]);
});
