// Exact values of short LaTeX numbers: a BigInt fraction times 1, π or one square-free √n. No computer algebra.

/** `numerator / denominator · tag`, in lowest terms with a positive denominator; zero has the empty tag. */
export interface ExactNumber {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** "" for 1, "pi", or the square-free n of √n as digits. */
  readonly tag: string;
}

/**
 * The value of an expression that Hendrycks' rules have normalised (no blanks, braced arguments); undefined when it is
 * none.
 */
export function parseExact(text: string): ExactNumber | undefined {
  const cursor = createCursor(text);
  try {
    const value = sum(cursor);
    return cursor.rest() === "" ? value : undefined;
  } catch (error) {
    if (error instanceof NotExact) return undefined;
    throw error;
  }
}

/** True when both are the same number. */
export const sameExact = (a: ExactNumber, b: ExactNumber): boolean =>
  a.numerator === b.numerator && a.denominator === b.denominator && a.tag === b.tag;

class NotExact extends Error {}

const give = (): never => {
  throw new NotExact();
};

/** The text, read from the left. */
interface Cursor {
  /** How many sums the place is within. */
  depth: number;
  take(token: string): boolean;
  /** What a sticky pattern finds here. */
  match(pattern: RegExp): string | undefined;
  rest(): string;
}

function createCursor(text: string): Cursor {
  let at = 0;
  return {
    depth: 0,
    take: (token) => text.startsWith(token, at) && ((at += token.length), true),
    match: (pattern) => {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found !== undefined) at += found.length;
      return found;
    },
    rest: () => text.slice(at),
  };
}

function sum(cursor: Cursor): ExactNumber {
  if (++cursor.depth > 50) give();
  let value = signed(cursor);
  for (;;) {
    if (cursor.take("+")) value = add(value, product(cursor));
    else if (cursor.take("-")) value = add(value, negate(product(cursor)));
    else break;
  }
  cursor.depth--;
  return value;
}

function signed(cursor: Cursor): ExactNumber {
  if (cursor.take("-")) return negate(product(cursor));
  cursor.take("+");
  return product(cursor);
}

function product(cursor: Cursor): ExactNumber {
  const { take, rest } = cursor;
  let value = power(cursor);
  for (;;) {
    if (take("\\cdot") || take("\\times") || take("*")) value = multiply(value, power(cursor));
    else if (take("/")) value = multiply(value, invert(power(cursor)));
    else if (/^(\(|\{|\\frac|\\sqrt|\\pi)/.test(rest())) value = multiply(value, power(cursor));
    else return value;
  }
}

function power(cursor: Cursor): ExactNumber {
  const base = atom(cursor);
  if (!cursor.take("^")) return base;
  const exponent = cursor.take("{") ? closing(cursor, "}") : fraction(BigInt(cursor.match(/[0-9]/y) ?? give()), 1n);
  if (exponent.denominator !== 1n || exponent.tag !== "") give();
  const times = Number(exponent.numerator);
  if (Math.abs(times) > 256 || base.numerator.toString().length > 100) give();
  const factor = times < 0 ? invert(base) : base;
  return Array.from({ length: Math.abs(times) }).reduce<ExactNumber>(
    (value) => multiply(value, factor),
    fraction(1n, 1n),
  );
}

function atom(cursor: Cursor): ExactNumber {
  const { take, match, rest } = cursor;
  const digits = match(/[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+/y);
  if (digits !== undefined) {
    const value = decimal(digits);
    const mixed = /^\\frac\{[0-9]+\}\{[0-9]+\}/.test(rest()) && !digits.includes(".");
    return mixed ? add(value, atom(cursor)) : value; // 1\frac{1}{2} is one and a half
  }
  if (take("\\frac{")) {
    const above = closing(cursor, "}");
    if (!take("{")) give();
    return multiply(above, invert(closing(cursor, "}")));
  }
  if (take("\\sqrt{")) return root(closing(cursor, "}"));
  if (take("\\pi")) return { ...fraction(1n, 1n), tag: "pi" };
  if (take("(")) return closing(cursor, ")");
  if (take("{")) return closing(cursor, "}");
  return give();
}

function closing(cursor: Cursor, bracket: string): ExactNumber {
  const value = sum(cursor);
  return cursor.take(bracket) ? value : give();
}

function decimal(digits: string): ExactNumber {
  if (digits.length > 200) give();
  const [whole = "", part = ""] = digits.split(".");
  return fraction(BigInt(whole + part), 10n ** BigInt(part.length));
}

function fraction(numerator: bigint, denominator: bigint, tag = ""): ExactNumber {
  if (denominator === 0n) give();
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = gcd(numerator < 0n ? -numerator : numerator, sign * denominator);
  return {
    numerator: (sign * numerator) / divisor,
    denominator: (sign * denominator) / divisor,
    tag: numerator === 0n ? "" : tag,
  };
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}

const negate = (a: ExactNumber): ExactNumber => ({ ...a, numerator: -a.numerator });

function add(a: ExactNumber, b: ExactNumber): ExactNumber {
  if (a.numerator === 0n) return b;
  if (b.numerator === 0n) return a;
  if (a.tag !== b.tag) give();
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator, a.tag);
}

function multiply(a: ExactNumber, b: ExactNumber): ExactNumber {
  const plain = fraction(a.numerator * b.numerator, a.denominator * b.denominator);
  if (plain.numerator === 0n) return plain;
  if (a.tag === "" || b.tag === "") return { ...plain, tag: a.tag + b.tag };
  if (a.tag === "pi" || b.tag === "pi") return give();
  return multiply(plain, root(fraction(BigInt(a.tag) * BigInt(b.tag), 1n)));
}

function invert(a: ExactNumber): ExactNumber {
  if (a.tag === "pi") return give();
  if (a.tag === "") return fraction(a.denominator, a.numerator);
  return fraction(a.denominator, a.numerator * BigInt(a.tag), a.tag); // 1/√n = √n/n
}

/** √(p/q) = √(p·q)/q, with the square part taken out. */
function root(a: ExactNumber): ExactNumber {
  if (a.tag !== "" || a.numerator < 0n) return give();
  if (a.numerator === 0n) return a;
  const { outside, inside } = splitSquare(a.numerator * a.denominator);
  return fraction(outside, a.denominator, inside === 1n ? "" : inside.toString());
}

/**
 * `n = outside² · inside` with a square-free inside, by trial division; numbers beyond 10¹² only when they are squares.
 */
function splitSquare(n: bigint): { readonly outside: bigint; readonly inside: bigint } {
  if (n > 10n ** 12n) {
    const whole = integerRoot(n);
    return whole * whole === n ? { outside: whole, inside: 1n } : give();
  }
  let rest = Number(n);
  let outside = 1;
  for (let d = 2; d * d <= rest; d++) for (; rest % (d * d) === 0; rest /= d * d) outside *= d;
  return { outside: BigInt(outside), inside: BigInt(rest) };
}

function integerRoot(n: bigint): bigint {
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2) + 1);
  for (;;) {
    const y = (x + n / x) / 2n;
    if (y >= x) return x;
    x = y;
  }
}
