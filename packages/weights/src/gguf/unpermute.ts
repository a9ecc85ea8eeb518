/**
 * Puts query or key rows back into Hugging Face's order. GGUF's llama family keeps each head's rows interleaved for
 * rotary embedding: row `2j + s` there is row `s·(D/2) + j` here, for half s and index j of a head with D rows.
 *
 * @param data `[heads · D, in]` row-major, or `[heads · D]` for a bias (`width` 1). Left alone.
 * @returns The same values, rows reordered; a new array.
 */
export const unpermuteRotaryRows = (
  data: Float32Array,
  { heads, width }: { readonly heads: number; readonly width: number },
): Float32Array => {
  const out = new Float32Array(data.length);
  const headRows = data.length / width / heads;
  const pairs = headRows / 2;
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headRows; row++) {
      const from = (head * headRows + row) * width;
      const to = (head * headRows + (row % 2) * pairs + (row >> 1)) * width;
      out.set(data.subarray(from, from + width), to);
    }
  }
  return out;
};
