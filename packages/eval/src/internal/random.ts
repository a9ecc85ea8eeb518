/** Uniform numbers in [0, 1). */
export type Uniform = () => number;

/**
 * A small seeded generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by splitmix-style mixing and 12 warm-up
 * steps. Same seed, same numbers, on every platform; not for secrets.
 */
export function createRandom(seed: number): Uniform {
  let a = mix32(seed);
  let b = mix32(a + 0x9e3779b9);
  let c = mix32(b + 0x9e3779b9);
  let counter = 1;
  const next = () => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Murmur3's finaliser: a bijection of 32-bit integers that spreads every input bit. Returns an unsigned integer. */
export function mix32(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** `count` different indices below `size`, in drawn order (partial Fisher-Yates). */
export function sampleIndices(size: number, count: number, seed: number): number[] {
  const random = createRandom(seed);
  const indices = Array.from({ length: size }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (size - i));
    [indices[i], indices[j]] = [indices[j]!, indices[i]!];
  }
  return indices.slice(0, count);
}
