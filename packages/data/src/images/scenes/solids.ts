/** Three numbers: x to the right, y up, z away from the camera. */
export type Vector = readonly [number, number, number];

/** Where a ray first meets a solid: its distance, and the surface's normal there. */
export interface Hit {
  readonly distance: number;
  readonly normal: Vector;
}

/** A solid that stands in the scene. */
export type Solid =
  | { readonly kind: "sphere"; readonly centre: Vector; readonly radius: number }
  | { readonly kind: "box"; readonly centre: Vector; readonly half: Vector }
  | { readonly kind: "cylinder"; readonly centre: Vector; readonly radius: number; readonly half: number };

/** The first hit of the ray `direction·t` from the origin, t > 0. */
export function hitSolid(solid: Solid, direction: Vector): Hit | undefined {
  if (solid.kind === "sphere") return hitSphere(solid.centre, solid.radius, direction);
  if (solid.kind === "box") return hitBox(solid.centre, solid.half, direction);
  return hitCylinder(solid.centre, solid.radius, solid.half, direction);
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The smaller positive root of `at² − 2bt + c = 0`. */
function firstRoot(a: number, b: number, c: number): number | undefined {
  const inside = b * b - a * c;
  if (inside < 0) return undefined;
  const t = (b - Math.sqrt(inside)) / a;
  return t > 0 ? t : undefined;
}

function hitSphere(centre: Vector, radius: number, d: Vector): Hit | undefined {
  const t = firstRoot(dot(d, d), dot(d, centre), dot(centre, centre) - radius * radius);
  if (t === undefined) return undefined;
  return { distance: t, normal: [0, 1, 2].map((i) => (d[i]! * t - centre[i]!) / radius) as unknown as Vector };
}

function hitBox(centre: Vector, half: Vector, d: Vector): Hit | undefined {
  let [near, far, side] = [0, Infinity, -1];
  for (let i = 0; i < 3; i++) {
    const [a, b] = [(centre[i]! - half[i]!) / d[i]!, (centre[i]! + half[i]!) / d[i]!];
    const [enter, leave] = [Math.min(a, b), Math.max(a, b)];
    if (enter > near) [near, side] = [enter, i];
    far = Math.min(far, leave);
  }
  if (side < 0 || near >= far) return undefined;
  const normal = [0, 0, 0];
  normal[side] = d[side]! > 0 ? -1 : 1;
  return { distance: near, normal: normal as unknown as Vector };
}

/** An upright cylinder: its side, or its top, which the camera looks down on. */
function hitCylinder(centre: Vector, radius: number, half: number, d: Vector): Hit | undefined {
  const [cx, cy, cz] = centre;
  const t = firstRoot(d[0] * d[0] + d[2] * d[2], d[0] * cx + d[2] * cz, cx * cx + cz * cz - radius * radius);
  if (t !== undefined && Math.abs(d[1] * t - cy) <= half)
    return { distance: t, normal: [(d[0] * t - cx) / radius, 0, (d[2] * t - cz) / radius] };
  const top = (cy + half) / d[1];
  if (!(top > 0) || (d[0] * top - cx) ** 2 + (d[2] * top - cz) ** 2 > radius * radius) return undefined;
  return { distance: top, normal: [0, 1, 0] };
}
