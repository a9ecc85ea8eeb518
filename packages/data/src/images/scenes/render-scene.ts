import { randomFromSeed, type Random } from "@vpt/contracts";
import type { PixelMap, RgbImage } from "../rgb-image.js";
import { hitSolid, type Solid, type Vector } from "./solids.js";

/** The classes of {@link renderScene}'s label maps, in order. */
export const sceneClasses = ["wall", "floor", "sphere", "box", "cylinder"] as const;

/** An image with everything known about it. */
export interface Scene {
  readonly image: RgbImage;
  /** Index into {@link sceneClasses}. */
  readonly labels: PixelMap<Uint8Array>;
  /** Metres from the camera's plane, about 1 to 8. */
  readonly depth: PixelMap<Float32Array>;
}

const cameraHeight = 1;
const between = (random: Random, low: number, high: number): number => low + (high - low) * random.uniform();

/** What a surface looks like: two colours in stripes along a direction. */
interface Surface {
  readonly colours: readonly [Vector, Vector];
  readonly stripes: Vector;
}

/** Hue, in turns, around which each class's colours lie. */
const hues = [0.12, 0.6, 0, 0.33, 0.8] as const;

/**
 * A surface of a class: its hue is usual for the class three times out of four, so that colour is a hint and no label.
 */
function surface(random: Random, label: number): Surface {
  const hue = random.uniform() < 0.75 ? hues[label]! + 0.06 * random.normal() : random.uniform();
  const paint = (value: number): Vector => {
    const channel = (offset: number): number =>
      value * (1 - 0.6 * Math.max(0, Math.min(1, Math.abs(((((hue + offset) % 1) + 1) % 1) * 6 - 3) - 1)));
    return [channel(0.5), channel(0.5 - 1 / 3), channel(0.5 + 1 / 3)];
  };
  const bright = between(random, 0.6, 1);
  const stripes: Vector =
    label === 0
      ? [between(random, 1, 2), 0, 0]
      : label === 1
        ? [0, 0, between(random, 1, 2)]
        : [between(random, -6, 6), between(random, -6, 6), 0];
  return { colours: [paint(bright), paint(bright * between(random, 0.5, 1))], stripes };
}

function solid(random: Random, kind: number): Solid {
  const size = between(random, 0.3, 0.8);
  const z = between(random, 2.2, 5);
  const x = between(random, -0.5, 0.5) * z;
  const standing = (half: number): Vector => [x, half - cameraHeight, z];
  if (kind === 0) return { kind: "sphere", centre: standing(size), radius: size };
  const half = size * between(random, 0.7, 1.5);
  if (kind === 1)
    return {
      kind: "box",
      centre: standing(half),
      half: [size * between(random, 0.6, 1), half, size * between(random, 0.6, 1)],
    };
  return { kind: "cylinder", centre: standing(half), radius: 0.7 * size, half };
}

/**
 * A seeded room with two to five solids on its floor, ray by ray: image, label map and depth map that agree to the
 * pixel. A class has a usual hue and stripes, which one surface in four does not keep to, and light falls off with
 * depth: hints, as in photographs.
 *
 * @param seed The scene; the same seed gives the same scene at every size.
 * @example
 * ```ts
 * const { image, labels, depth } = renderScene(7, { width: 48, height: 48 });
 * ```
 * @category scenes
 */
export function renderScene(
  seed: number,
  { width = 48, height = 48 }: { readonly width?: number; readonly height?: number } = {},
): Scene {
  const random = randomFromSeed(seed, "scene");
  const solids = Array.from({ length: 2 + random.integer(4) }, () => {
    const kind = random.integer(3);
    return { shape: solid(random, kind), surface: surface(random, 2 + kind) };
  });
  const [wall, floor] = [surface(random, 0), surface(random, 1)];
  const wallDistance = between(random, 5.5, 8);
  const light = unit([between(random, -1, 1), between(random, 0.4, 1), between(random, -1, -0.2)]);
  const ambient = between(random, 0.25, 0.5);
  const noise = randomFromSeed(seed, "noise");
  const image = new Uint8Array(width * height * 3);
  const labels = new Uint8Array(width * height);
  const depth = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // A lens of 62°, tilted a little down; z is 1, so that a distance along the ray is a depth.
      const ray: Vector = [((x + 0.5) / width - 0.5) * 1.2, (0.5 - (y + 0.5) / height) * 1.2 - 0.12, 1];
      let seen = { distance: wallDistance, normal: [0, 0, -1] as Vector, label: 0, look: wall };
      const ground = -cameraHeight / ray[1];
      if (ground > 0 && ground < seen.distance) seen = { distance: ground, normal: [0, 1, 0], label: 1, look: floor };
      for (const { shape, surface: look } of solids) {
        const hit = hitSolid(shape, ray);
        if (hit && hit.distance < seen.distance)
          seen = { ...hit, label: 2 + ["sphere", "box", "cylinder"].indexOf(shape.kind), look };
      }
      const at = y * width + x;
      labels[at] = seen.label;
      depth[at] = seen.distance;
      const point = ray.map((r) => r * seen.distance) as unknown as Vector;
      const paint = seen.look.colours[Math.floor(inner(seen.look.stripes, point)) & 1]!;
      const lit = ambient + (1 - ambient) * Math.max(0, inner(seen.normal, light));
      const shade = lit * (1.1 - 0.08 * seen.distance);
      for (let c = 0; c < 3; c++)
        image[at * 3 + c] = Math.min(255, Math.max(0, Math.round(255 * paint[c]! * shade + 4 * noise.normal())));
    }
  }
  return {
    image: { data: image, width, height },
    labels: { data: labels, width, height },
    depth: { data: depth, width, height },
  };
}

const inner = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (v: Vector): Vector => v.map((x) => x / Math.sqrt(inner(v, v))) as unknown as Vector;
