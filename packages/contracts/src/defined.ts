/** `T` whose entries that may be undefined are optional instead. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Returns the entries of `object` that are not undefined, so that options pass on without a spread for each one.
 *
 * @example
 * ```ts
 * import { defined } from "@vpt/contracts";
 *
 * defined({ batchSize: 4, seed: undefined }); // { batchSize: 4 }
 * ```
 */
export const defined = <T extends object>(object: T): Defined<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
