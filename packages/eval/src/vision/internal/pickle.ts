import { EvalInputError } from "../../errors.js";

/**
 * Plain values of a Python pickle: dicts, lists, tuples, strings, numbers, None, True and False. Whatever names a class
 * or a function is refused, so that a file can do no harm. Needs the package `pickleparser`.
 *
 * @throws {EvalInputError} When the file is torn or holds more than plain values; or when `pickleparser` is not
 *   installed.
 */
export async function readPickle(bytes: Uint8Array): Promise<unknown> {
  const { Parser } = await import("pickleparser").catch(() => {
    throw new EvalInputError({
      where: "readPickle",
      expected: "the package pickleparser",
      received: "none",
      advice: "Run npm install pickleparser",
    });
  });
  const parser = new Parser({
    nameResolver: {
      resolve: (module: string, name: string) => {
        throw new Error(`a name: ${module}.${name}`);
      },
    },
    unpicklingTypeOfDictionary: "Map", // an object would take a key such as __proto__ for its prototype
  } as unknown as ConstructorParameters<typeof Parser>[0]);
  try {
    return plain(parser.parse(bytes), new Map());
  } catch (error) {
    throw new EvalInputError({
      where: "readPickle",
      expected: "a pickle of plain values",
      received: (error as Error).message.split("\n")[0]!,
      advice: "Nothing was executed. If the file is whole, convert it to JSON once, with Python",
    });
  }
}

/** Maps as objects; what a file shares stays shared, so that a small file cannot grow. */
function plain(value: unknown, known: Map<unknown, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (known.has(value)) return known.get(value);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    known.set(value, list);
    for (const item of value) list.push(plain(item, known));
    return list;
  }
  if (!(value instanceof Map)) throw new Error(`a ${value.constructor?.name ?? "value"} that is not plain`);
  const dict = Object.create(null) as Record<string, unknown>;
  known.set(value, dict);
  for (const [key, item] of value) dict[String(key)] = plain(item, known);
  return dict;
}
