import { EvalInputError } from "./errors.js";

const mark = Symbol("mark");

/**
 * Plain values of a Python pickle, protocols 2 and 3: dicts, lists, tuples, strings, numbers, None, True and False.
 * Opcodes that name classes or call anything are refused, so a file can do no harm.
 */
export function readPickle(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = 0;
  const skip = (count: number) => (at += count) - count;
  const top = () => stack.at(-1);
  const sinceMark = () => {
    const items = stack.splice(stack.lastIndexOf(mark));
    return items.slice(1);
  };
  const put = (target: unknown, pairs: readonly unknown[]) => {
    for (let i = 0; i < pairs.length; i += 2) (target as Record<string, unknown>)[String(pairs[i])] = pairs[i + 1];
  };
  const opcodes: Readonly<Record<string, () => void>> = {
    "\x80": () => void skip(1), // PROTO
    "(": () => stack.push(mark),
    "}": () => stack.push(Object.create(null)), // no prototype: a key such as __proto__ is a key
    "]": () => stack.push([]),
    ")": () => stack.push([]),
    t: () => stack.push(sinceMark()),
    "\x85": () => stack.push(stack.splice(-1)),
    "\x86": () => stack.push(stack.splice(-2)),
    "\x87": () => stack.push(stack.splice(-3)),
    N: () => stack.push(null),
    "\x88": () => stack.push(true),
    "\x89": () => stack.push(false),
    X: () => {
      const length = view.getUint32(skip(4), true);
      stack.push(new TextDecoder().decode(bytes.subarray(at, at + length)));
      skip(length);
    },
    G: () => stack.push(view.getFloat64(skip(8), false)), // the one big-endian number
    K: () => stack.push(view.getUint8(skip(1))),
    M: () => stack.push(view.getUint16(skip(2), true)),
    J: () => stack.push(view.getInt32(skip(4), true)),
    a: () => {
      const item = stack.pop();
      (top() as unknown[]).push(item);
    },
    e: () => {
      const items = sinceMark();
      for (const item of items) (top() as unknown[]).push(item);
    },
    s: () => {
      const pair = stack.splice(-2);
      put(top(), pair);
    },
    u: () => {
      const pairs = sinceMark();
      put(top(), pairs);
    },
    q: () => memo.set(view.getUint8(skip(1)), top()),
    r: () => memo.set(view.getUint32(skip(4), true), top()),
    h: () => stack.push(memo.get(view.getUint8(skip(1)))),
    j: () => stack.push(memo.get(view.getUint32(skip(4), true))),
  };
  while (at < bytes.length) {
    const opcode = String.fromCharCode(bytes[skip(1)]!);
    if (opcode === ".") return stack.pop();
    const run = opcodes[opcode];
    if (!run) {
      throw new EvalInputError({
        where: `readPickle: byte ${at - 1}`,
        expected: "a plain value",
        received: `opcode ${JSON.stringify(opcode)}`,
        advice: "Nothing was executed. Convert the file to JSON once, with Python",
      });
    }
    run();
  }
  throw new EvalInputError({
    where: "readPickle",
    expected: "a STOP at the end",
    received: "a file that ends before it",
  });
}
