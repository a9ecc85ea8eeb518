import { expect, it } from "vitest";
import { taylorRemainderOrder } from "./taylor-remainder-order.js";

// Downstream Σ log cosh(θ_i − 1), learner ½‖θ − φ‖²: float64, written out by hand.
const theta = [0.3, -0.7, 1.9];
const phi = [1.1, 0.4, -0.2];
const downstream = (x: readonly number[]): number => x.reduce((sum, v) => sum + Math.log(Math.cosh(v - 1)), 0);
const pretraining = theta.map((x, i) => x - phi[i]!);
const value = theta.reduce((sum, x, i) => sum + Math.tanh(x - 1) * pretraining[i]!, 0);
const after = (learningRate: number): number => downstream(theta.map((x, i) => x - learningRate * pretraining[i]!));
const rates = [0.02, 0.01, 0.005, 0.0025, 0.00125];

it("proposition 3.2: what the value leaves out is of second order", () => {
  const points = rates.map((learningRate) => ({
    learningRate,
    remainder: after(learningRate) - (downstream(theta) - learningRate * value),
  }));
  expect(Math.abs(taylorRemainderOrder(points) - 2)).toBeLessThan(0.05);
});

it("without the value's term it is of first order", () => {
  const points = rates.map((learningRate) => ({ learningRate, remainder: after(learningRate) - downstream(theta) }));
  expect(Math.abs(taylorRemainderOrder(points) - 1)).toBeLessThan(0.05);
});

it("proposition 3.2's gradient: dJ/dφ / (−η) tends to dV/dφ", () => {
  const derivative = theta.map((x) => -Math.tanh(x - 1)); // dV/dφ_i, since g_pre = θ − φ
  const rate = 1e-4;
  derivative.forEach((exact, i) => {
    const moved = (sign: number): number =>
      downstream(theta.map((x, j) => x - rate * (x - (phi[j]! + (i === j ? sign * 1e-3 : 0)))));
    expect((moved(1) - moved(-1)) / 2e-3 / -rate).toBeCloseTo(exact, 3);
  });
});

it("refuses a single point and a remainder of zero", () => {
  expect(() => taylorRemainderOrder([{ learningRate: 1, remainder: 1 }])).toThrow(/two or more points/);
  expect(() => taylorRemainderOrder(rates.map((learningRate) => ({ learningRate, remainder: 0 })))).toThrow(/not zero/);
});
