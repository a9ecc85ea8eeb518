/**
 * `true` where `A` and `B` accept the same values: each is assignable to the other, and so they are with every key
 * but `methods` required, which finds an optional key that only one of them has. For type tests.
 */
export type SameInput<A, B> = [A, B, Keys<Omit<A, "methods">>, Keys<Omit<B, "methods">>] extends [
  B,
  A,
  Keys<Omit<B, "methods">>,
  Keys<Omit<A, "methods">>,
]
  ? true
  : false;

/** A type with every key of it, and of its sections, required. Functions stay as they are. */
type Keys<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends object
    ? { -readonly [Key in keyof T]-?: Keys<T[Key]> }
    : T;
