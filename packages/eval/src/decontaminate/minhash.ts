import { mix32 } from "../internal/random.js";

/** 32-bit hash of a text: FNV-1a over its UTF-16 units, then Murmur3's finaliser. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/**
 * A family of hash functions `h_i(x) = mix32(a_i·x + b_i mod 2³²)`, a_i odd: each is a bijection of 32-bit integers, so
 * its minimum over a set is the image of one member. Returns the signature function.
 */
export function createSigner(permutations: number, seed: number): (hashes: Iterable<number>) => Uint32Array {
  const a = Int32Array.from({ length: permutations }, (_, i) => mix32(mix32(seed) + 2 * i + 1) | 1);
  const b = Int32Array.from({ length: permutations }, (_, i) => mix32(mix32(seed ^ 0x5bd1e995) + 2 * i));
  return (hashes) => {
    const signature = new Uint32Array(permutations).fill(0xffffffff);
    for (const x of hashes) {
      for (let i = 0; i < permutations; i++) {
        const h = mix32(Math.imul(x, a[i]!) + b[i]!);
        if (h < signature[i]!) signature[i] = h;
      }
    }
    return signature;
  };
}

/** One bucket key a band: the band's rows, written exactly as 16-bit characters. */
export function bandKeys(signature: Uint32Array, bands: number, rows: number): string[] {
  const halves = new Uint16Array(signature.buffer, signature.byteOffset, signature.length * 2);
  return Array.from({ length: bands }, (_, band) =>
    String.fromCharCode(...halves.subarray(2 * band * rows, 2 * (band + 1) * rows)),
  );
}

// Gauss-Legendre nodes and weights on [-1, 1], five points: exact for polynomials of degree 9 on each panel.
const nodes = [0, 0.5384693101056831, -0.5384693101056831, 0.906179845938664, -0.906179845938664];
const weights = [
  0.5688888888888889, 0.47862867049936647, 0.47862867049936647, 0.23692688505618908, 0.23692688505618908,
];

/** Integral of f from a to b on 128 panels, to about 1e-12 for the S-curves of banding. */
export function integrate(f: (x: number) => number, a: number, b: number): number {
  const panels = 128;
  const half = (b - a) / panels / 2;
  let sum = 0;
  for (let p = 0; p < panels; p++) {
    const centre = a + (2 * p + 1) * half;
    for (let k = 0; k < nodes.length; k++) sum += weights[k]! * f(centre + half * nodes[k]!);
  }
  return sum * half;
}
