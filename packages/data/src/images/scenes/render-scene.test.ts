import { expect, it } from "vitest";
import { renderScene, sceneClasses } from "./render-scene.js";

it("the same seed gives the same scene, another seed another one", () => {
  expect(renderScene(3)).toEqual(renderScene(3));
  expect(renderScene(3).image.data).not.toEqual(renderScene(4).image.data);
});

it("every class comes up, depths are those of a room, and labels agree with the depth behind them", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const { labels, depth, image } = renderScene(seed, { width: 24, height: 20 });
    expect(image.data.length).toBe(24 * 20 * 3);
    labels.data.forEach((label) => seen.add(label));
    const wall = depth.data.filter((_, i) => labels.data[i] === 0);
    expect(new Set(wall).size).toBeLessThanOrEqual(1); // the wall is flat
    expect(Math.min(...depth.data)).toBeGreaterThan(0.5);
    expect(Math.max(...depth.data)).toBeLessThanOrEqual(8);
    // Nothing is farther than the floor or the wall behind it.
    for (let y = 0; y < 20; y++) {
      const ground = -1 / ((0.5 - (y + 0.5) / 20) * 1.2 - 0.12);
      for (let x = 0; x < 24; x++) if (ground > 0) expect(depth.data[y * 24 + x]).toBeLessThanOrEqual(ground + 1e-4);
    }
  }
  expect([...seen].sort()).toEqual(sceneClasses.map((_, i) => i));
});
