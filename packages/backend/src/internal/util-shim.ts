import { createRequire } from "node:module";

const replacements: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: (value) => Array.isArray(value),
};

/**
 * Stock tfjs-node 4.22 calls two functions of `node:util` that Node 22 warns about and Node 23 took away; puts equal
 * ones in their place.
 * @see https://github.com/tensorflow/tfjs/issues/8609
 */
export const restoreUtilFunctions = (): void => {
  const util: Record<string, unknown> = createRequire(import.meta.url)("node:util");
  for (const [name, replacement] of Object.entries(replacements)) util[name] = replacement;
};
