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
  const parser = createParser(text);
  try {
    const value = parser.sum();
    return parser.atEnd() ? value : undefined;
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

function createParser(text: string) {
  let at = 0;
  let depth = 0;
  const take = (token: string) => text.startsWith(token, at) && ((at += token.length), true);
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  function sum(): ExactNumber {
    if (++depth > 50) give();
    let value = signed();
    for (;;) {
      if (take("+")) value = add(value, product());
      else if (take("-")) value = add(value, negate(product()));
      else break;
    }
    depth--;
    return value;
  }
  function signed(): ExactNumber {
    if (take("-")) return negate(product());
    take("+");
    return product();
  }
  function product(): ExactNumber {
    let value = power();
    for (;;) {
      if (take("\\cdot") || take("\\times") || take("*")) value = multiply(value, power());
      else if (take("/")) value = multiply(value, invert(power()));
      else if (/^(\(|\{|\\frac|\\sqrt|\\pi)/.test(text.slice(at))) value = multiply(value, power());
      else return value;
    }
  }
  function power(): ExactNumber {
    const base = atom();
    if (!take("^")) return base;
    const exponent = take("{") ? closing("}") : fraction(BigInt(match(/[0-9]/y) ?? give()), 1n);
    if (exponent.denominator !== 1n || exponent.tag !== "") give();
    const times = Number(exponent.numerator);
    if (Math.abs(times) > 256 || base.numerator.toString().length > 100) give();
    const factor = times < 0 ? invert(base) : base;
    return Array.from({ length: Math.abs(times) }).reduce<ExactNumber>(
      (value) => multiply(value, factor),
      fraction(1n, 1n),
    );
  }
  function atom(): ExactNumber {
    const digits = match(/[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+/y);
    if (digits !== undefined) {
      const value = decimal(digits);
      const mixed = /^\\frac\{[0-9]+\}\{[0-9]+\}/.test(text.slice(at)) && !digits.includes(".");
      return mixed ? add(value, atom()) : value; // 1\frac{1}{2} is one and a half
    }
    if (take("\\frac{")) {
      const above = closing("}");
      if (!take("{")) give();
      return multiply(above, invert(closing("}")));
    }
    if (take("\\sqrt{")) return root(closing("}"));
    if (take("\\pi")) return { ...fraction(1n, 1n), tag: "pi" };
    if (take("(")) return closing(")");
    if (take("{")) return closing("}");
    return give();
  }
  function closing(bracket: string): ExactNumber {
    const value = sum();
    return take(bracket) ? value : give();
  }
  return { sum, atEnd: () => at === text.length };
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
