import { randomFromSeed } from "@vpt/contracts";
import { describe, expect, it } from "vitest";
import {
  batches,
  chain,
  fromArray,
  mapStream,
  mix,
  packExamples,
  repeat,
  shuffle,
  slice,
  templatedStream,
  type Json,
  type Stream,
} from "./index.js";

const take = async (stream: Stream<unknown>, count: number): Promise<unknown[]> => {
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) items.push(await stream.next());
  return items;
};

const numbers = (count: number) => fromArray(Array.from({ length: count }, (_, i) => i));
const random = () => randomFromSeed(7, "test");
const lengths = (i: number) => ({
  prompt: Array.from({ length: 1 + (i % 4) }, () => 100 + i),
  answer: Array.from({ length: 1 + (i % 7) }, () => 200 + i),
});

// Every stream of the package; each must obey the same laws.
const streams: readonly (readonly [string, () => Stream<unknown>])[] = [
  ["fromArray", () => numbers(30)],
  ["mapStream", () => mapStream(numbers(40), (x) => (x % 3 === 0 ? undefined : x * x))],
  ["shuffle", () => shuffle(numbers(30), { random: random(), size: 8 })],
  ["repeat", () => repeat(numbers(7), { epochs: 4 })],
  ["shuffled epochs", () => shuffle(repeat(numbers(7)), { random: random(), size: 5 })],
  [
    "mix",
    () =>
      mix(
        [
          { stream: numbers(20), weight: 3 },
          { stream: numbers(9), weight: 1 },
        ],
        { random: random() },
      ),
  ],
  ["chain", () => chain([numbers(9), numbers(1), numbers(20)])],
  ["chain, again", () => repeat(chain([numbers(4), numbers(5)]))],
  ["slice", () => repeat(slice(numbers(40), 5, 16))],
  ["batches", () => batches(numbers(50), { size: 3, keepLast: true })],
  ["packed, split", () => packExamples(mapStream(numbers(40), lengths), { length: 8, eos: 1 })],
  ["packed, whole", () => packExamples(mapStream(numbers(40), lengths), { length: 12, packing: "whole" })],
  ["packed, none", () => packExamples(mapStream(numbers(30), lengths), { length: 9, packing: "none", eos: 1 })],
  ["templated", () => templatedStream(3)],
  [
    "all of it",
    () =>
      batches(
        packExamples(mapStream(shuffle(repeat(numbers(9)), { random: random(), size: 4 }), lengths), { length: 6 }),
        { size: 2 },
      ),
  ],
];

describe.each(streams)("%s", (_, make) => {
  it("goes on exactly from any place, through JSON", async () => {
    const whole = await take(make(), 24);
    expect(whole[0]).toBeDefined();
    for (let cut = 0; cut <= 24; cut += 3) {
      const first = make();
      const before = await take(first, cut);
      const state = JSON.parse(JSON.stringify(first.state())) as Json;
      const second = make();
      second.restore(state);
      expect([...before, ...(await take(second, 24 - cut))]).toEqual(whole);
      expect([...before, ...(await take(first, 24 - cut))]).toEqual(whole); // taking the state changed nothing
    }
  });

  it("does not hand out its own state", async () => {
    const stream = make();
    await take(stream, 5);
    const state = stream.state();
    const frozen = JSON.stringify(state);
    await take(stream, 5);
    expect(JSON.stringify(state)).toBe(frozen);
  });

  it("refuses another stream's state", () => {
    for (const state of [null, 3, "x", [], {}, { other: 1 }])
      expect(() => make().restore(state)).toThrow(/saved by another kind of stream/);
  });
});

describe("shuffle", () => {
  it("gives every item once, in an order that the seed decides", async () => {
    const order = (seed: number) => take(shuffle(numbers(100), { random: randomFromSeed(seed), size: 1000 }), 100);
    const [a, again, b] = [await order(0), await order(0), await order(1)];
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
    expect(a).not.toEqual([...a].sort());
    expect(new Set(a)).toEqual(new Set(Array.from({ length: 100 }, (_, i) => i)));
  });

  it("shuffles epochs differently, and leaves the caller's random alone", async () => {
    const mine = random();
    const before = mine.state();
    const stream = shuffle(repeat(numbers(20), { epochs: 2 }), { random: mine, size: 20 });
    const [one, two] = [await take(stream, 20), await take(stream, 20)];
    expect(one).not.toEqual(two);
    expect(mine.state()).toEqual(before);
    expect(await stream.next()).toBeUndefined();
  });
});

it("for await goes on where it stopped", async () => {
  const stream = numbers(5);
  for await (const item of stream) if (item === 2) break;
  const rest: number[] = [];
  for await (const item of stream) rest.push(item);
  expect(rest).toEqual([3, 4]);
});

it("repeat refuses a source without items", async () => {
  await expect(repeat(numbers(0)).next()).rejects.toThrow(/no items/);
  expect(await repeat(numbers(0), { epochs: 0 }).next()).toBeUndefined();
});

it("mix keeps the shares and ends with the last source", async () => {
  const endless = (value: string) => repeat(fromArray([value]));
  const items = await take(
    mix(
      [
        { stream: endless("a"), weight: 7 },
        { stream: endless("b"), weight: 3 },
      ],
      { random: random() },
    ),
    2000,
  );
  const share = items.filter((item) => item === "a").length / 2000;
  expect(Math.abs(share - 0.7)).toBeLessThan(4 * Math.sqrt((0.7 * 0.3) / 2000)); // four standard errors
  const all = await take(
    mix(
      [
        { stream: numbers(3), weight: 1 },
        { stream: numbers(4), weight: 9 },
      ],
      { random: random() },
    ),
    8,
  );
  expect([...all].sort()).toEqual([0, 0, 1, 1, 2, 2, 3, undefined]);
  expect(() => mix([{ stream: numbers(1), weight: 0 }], { random: random() })).toThrow(
    /weight 0, expected a number above 0/,
  );
});

it("slice counts as arrays do", async () => {
  expect(await take(slice(numbers(6), 2, 4), 3)).toEqual([2, 3, undefined]);
  expect(await take(slice(numbers(3), 1), 3)).toEqual([1, 2, undefined]);
  expect(await take(slice(numbers(3), 5), 1)).toEqual([undefined]);
});
