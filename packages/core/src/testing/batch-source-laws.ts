import * as tf from "@tensorflow/tfjs";
import type { BatchSource } from "@vpt/contracts";
import { contentOf, law, type Law } from "./laws.js";

/** How a source is read. */
export interface BatchSourceFixture {
  /** Batches to read. Default 4. */
  readonly count?: number;
}

/**
 * The laws of {@link BatchSource}: sources made alike give the same batches, a state is JSON and puts a source back
 * where it was taken, and reading it moves nothing.
 *
 * @param make Makes a source at its start, each time a new one.
 */
export function batchSourceLaws<Batch>(
  make: () => BatchSource<Batch> | Promise<BatchSource<Batch>>,
  { count = 4 }: BatchSourceFixture = {},
): readonly Law[] {
  const within = async <T>(use: (source: BatchSource<Batch>) => Promise<T>): Promise<T> => {
    const source = await make();
    try {
      return await use(source);
    } finally {
      await source.close?.();
    }
  };
  return [
    sourceLaw("sources made alike give the same batches", async (expect) => {
      const [one, two] = [await within((s) => read(s, count)), await within((s) => read(s, count))];
      expect(same(one, two), "two sources differ");
      expect(one[0] !== "end", "the source has no batch");
    }),
    sourceLaw("a restored source goes on where the state was taken", async (expect) => {
      for (let at = 0; at <= count; at++) {
        const { rest, state } = await within(async (source) => {
          await read(source, at);
          const saved = JSON.stringify(source.state());
          return { state: saved, rest: await read(source, count) };
        });
        const again = await within(async (source) => {
          await read(source, 1); // not where it was made
          await source.restore(JSON.parse(state));
          return read(source, count);
        });
        expect(same(rest, again), `after ${at} batches it went on differently`);
      }
    }),
    sourceLaw("a state is plain JSON, and reading it moves nothing", async (expect) => {
      await within(async (source) => {
        await read(source, 1);
        const state = source.state();
        const json = JSON.stringify(state);
        expect(json !== undefined && JSON.stringify(JSON.parse(json)) === json, `the state is ${json}`);
        expect(JSON.stringify(source.state()) === json, "two readings differ");
        await read(source, 1);
        expect(JSON.stringify(state) === json, "a later batch changed a state that was handed out");
      });
    }),
    sourceLaw("an end stays an end, and batches leak nothing", async (expect) => {
      await within(async (source) => {
        await read(source, 1);
        const before = tf.memory().numTensors;
        const contents = await read(source, count);
        const after = tf.memory().numTensors;
        expect(after <= before, `${after - before} tensors are left after ${count} batches were freed`);
        const end = contents.indexOf("end");
        expect(end < 0 || contents.slice(end).every((content) => content === "end"), "batches came after the end");
      });
    }),
  ];
}

const sourceLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("batch source", name, check);

/** The contents of the next batches, which are freed; "end" for each that is none. */
async function read<Batch>(source: BatchSource<Batch>, batches: number): Promise<string[]> {
  const contents: string[] = [];
  for (let i = 0; i < batches; i++) {
    const batch = await source.next();
    contents.push(batch === undefined ? "end" : contentOf(batch));
    tf.dispose(batch as tf.TensorContainer);
  }
  return contents;
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");
