import { VptError } from "@vpt/contracts";
import { createStream, readState, type Json, type Stream } from "./stream.js";

/** An example as token ids. Only the answer is learned. */
export interface TokenizedExample {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/**
 * One row of T positions: at position t the model sees `ids[0..t]` and predicts `labels[t]`, which counts where `lossMask[t]`
 * is 1.
 */
export interface PackedRow {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  /** 1 where `labels` is a token of an answer, else 0. Never all 0. */
  readonly lossMask: Float32Array;
  /**
   * Which example of the row each position is of, from 1; 0 where the row is filled up. For a mask between examples.
   */
  readonly document: Int32Array;
}

export interface PackOptions {
  /** T, tokens a row. */
  readonly length: number;
  /**
   * `split` (default): examples end to end, cut every T tokens, as the paper's chunks. `whole`: an example that does
   * not fit in the rest of a row starts a new one. `none`: one example a row. The last two cut what is longer than a
   * row.
   */
  readonly packing?: "split" | "whole" | "none";
  /** Appended to every answer, and learned, when given. */
  readonly eos?: number;
  /** Fills the rest of a row; default 0. Its positions never count. */
  readonly pad?: number;
}

type Tokens = { readonly ids: number[]; readonly counted: (0 | 1)[]; readonly starts: (0 | 1)[] };

/** A row from up to T + 1 tokens, or undefined when none of its predictions counts. */
const toRow = ({ ids, counted, starts }: Tokens, length: number, pad: number): PackedRow | undefined => {
  const row = {
    ids: new Int32Array(length).fill(pad),
    labels: new Int32Array(length).fill(pad),
    lossMask: new Float32Array(length),
    document: new Int32Array(length),
  };
  let document = 0;
  row.document.set(starts.slice(0, length).map((start, t) => (document += t === 0 ? 1 : start)));
  row.ids.set(ids.slice(0, length));
  row.labels.set(ids.slice(1, length + 1));
  row.lossMask.set(counted.slice(1, length + 1));
  return row.lossMask.includes(1) ? row : undefined;
};

/**
 * Packs tokenised examples into rows of T tokens with an answer-only loss mask. Examples in a row see each other, as in
 * the paper, unless the learner masks by `document`. Rows without a counted position are left out.
 *
 * In `split`, rows overlap by one token, so that every answer token is predicted exactly once, but for a row's first
 * when what came before was left out. The unfinished row is part of the state.
 *
 * @throws {VptError} For a length below 2 or an id that is not a whole number.
 * @example
 * ```ts
 * const rows = packExamples(fromArray([{ prompt: [5, 6], answer: [7] }]), { length: 4, eos: 1 });
 * await rows.next(); // ids 5 6 7 1, labels 6 7 1 0, lossMask 0 1 1 0
 * ```
 * @category packing
 */
export const packExamples = (
  source: Stream<TokenizedExample>,
  { length, packing = "split", eos, pad = 0 }: PackOptions,
): Stream<PackedRow> => {
  if (!Number.isInteger(length) || length < 2)
    throw new VptError(`packExamples: length ${length}, expected a whole number of at least 2.`);
  let held: Tokens = { ids: [], counted: [], starts: [] };
  let ended = false;
  let fruitless = 0;

  const append = ({ prompt, answer }: TokenizedExample): void => {
    const ids = eos === undefined ? [...prompt, ...answer] : [...prompt, ...answer, eos];
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0);
    if (wrong !== undefined) throw new VptError(`packExamples: token id ${wrong}, expected a whole number from 0 up.`);
    held = {
      ids: held.ids.concat(ids),
      counted: held.counted.concat(ids.map((_, i) => (i < prompt.length ? 0 : 1))),
      starts: held.starts.concat(ids.map((_, i) => (i === 0 ? 1 : 0))),
    };
  };
  /** Takes the first `count` tokens off, and as many as a row may look at for the row itself. */
  const cut = (count: number): Tokens => {
    const part = (from: number, to?: number): Tokens => ({
      ids: held.ids.slice(from, to),
      counted: held.counted.slice(from, to),
      starts: held.starts.slice(from, to),
    });
    const row = part(0, length + 1);
    held = part(count);
    return row;
  };
  const rest = (): Tokens => cut(held.ids.length);

  const nextTokens = async (): Promise<Tokens | undefined> => {
    for (;;) {
      if (packing === "split" && held.ids.length > length) return cut(length);
      if (packing === "none" && held.ids.length > 0) return rest();
      const example = ended ? undefined : await source.next();
      if (example === undefined) {
        ended = true;
        return held.ids.length > 1 ? rest() : undefined;
      }
      const added = example.prompt.length + example.answer.length + (eos === undefined ? 0 : 1);
      const full = packing === "whole" && held.ids.length > 0 && held.ids.length + added > length + 1;
      const row = full ? rest() : undefined;
      append(example);
      if (row !== undefined) return row;
    }
  };

  return createStream<PackedRow>({
    async next() {
      for (let tokens = await nextTokens(); tokens !== undefined; tokens = await nextTokens()) {
        const row = toRow(tokens, length, pad);
        if (row !== undefined) {
          fruitless = 0;
          return row;
        }
        // An endless source of prompts that fill their rows would be a hang
        if (++fruitless >= 10_000)
          throw new VptError(
            `packExamples: 10,000 rows of ${length} tokens without a token of an answer; raise the length or ` +
              "look at the prompts.",
          );
      }
      return undefined;
    },
    state: () => ({
      source: source.state(),
      ids: [...held.ids],
      counted: [...held.counted],
      starts: [...held.starts],
      ended,
    }),
    restore(state) {
      const saved = readState(state, "packExamples", {
        source: null as Json,
        ids: [] as readonly number[],
        counted: [] as readonly number[],
        starts: [] as readonly number[],
        ended: false,
      });
      source.restore(saved.source);
      const bits = (each: readonly number[]): (0 | 1)[] => each.map((bit) => (bit === 1 ? 1 : 0));
      held = { ids: [...saved.ids], counted: bits(saved.counted), starts: bits(saved.starts) };
      ended = saved.ended;
    },
  });
};
