import { VptError } from "@vpt/core";
import type { ArgDef, ArgsDef } from "citty";

/** An option of a command: what citty shows, and how the text that a user wrote becomes a value. */
export interface Option<Value> {
  readonly arg: ArgDef;
  parse(flag: string, given: string | boolean | undefined): Value;
}

/** Options by the name that the library gives them; the flag is the same in kebab case. */
export type Options = Readonly<Record<string, Option<unknown>>>;

type ValueOf<Each> = Each extends Option<infer Value> ? Value : never;

/** Values of options by name; the undefined ones are left out. */
export type Values<All extends Options> = {
  readonly [Name in keyof All as undefined extends ValueOf<All[Name]> ? never : Name]: ValueOf<All[Name]>;
} & {
  readonly [Name in keyof All as undefined extends ValueOf<All[Name]> ? Name : never]?: Exclude<
    ValueOf<All[Name]>,
    undefined
  >;
};

/** `maxNewTokens` as it is written on a command line: `max-new-tokens`. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Options as citty takes them. */
export const argsOf = (options: Options): ArgsDef =>
  Object.fromEntries(Object.entries(options).map(([name, { arg }]) => [kebab(name), arg]));

/** The values that a user gave, checked. */
export function valuesOf<All extends Options>(options: All, args: Readonly<Record<string, unknown>>): Values<All> {
  const values = Object.entries(options).map(([name, { parse }]) => {
    const flag = kebab(name);
    return [name, parse(`--${flag}`, args[flag] as string | boolean | undefined)] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Values<All>;
}

/** Runs a command; what the library says about `maxNewTokens` is said about `--max-new-tokens`. */
export async function namingFlags<Result>(options: Options, command: () => Promise<Result>): Promise<Result> {
  try {
    return await command();
  } catch (error) {
    if (!VptError.isInstance(error)) throw error;
    const [, first = "", second = ""] = /^([\w-]+)(?:: ([a-zA-Z]+))?(?=[: ])/.exec(error.message) ?? [];
    const named = [first, second].find((name) => Object.hasOwn(options, flagOf(name)));
    if (named === undefined) throw error;
    const rest = error.message.slice(error.message.indexOf(named) + named.length);
    throw new VptError(`--${kebab(flagOf(named))}${rest}`);
  }
}

/** The library writes records to a `file`, the command to `--out`. */
const flagOf = (name: string): string => (name === "file" ? "out" : name);

const option = <Value>(arg: ArgDef, parse: (flag: string, given: string) => Value): Option<Value> => ({
  arg,
  parse: (flag, given) => (given === undefined ? undefined : parse(flag, String(given))) as Value,
});
type Optional<Value, Fallback> = Option<Fallback extends undefined ? Value | undefined : Value>;
const withDefault = (fallback: string | number | undefined) =>
  fallback === undefined ? {} : { default: String(fallback) };

/** Text that may be left out. */
export const text = <Fallback extends string | undefined = undefined>(
  description: string,
  fallback?: Fallback,
): Optional<string, Fallback> =>
  option({ type: "string", description, ...withDefault(fallback) }, (_, given) => given) as never;

/** Text that must be given. */
export const required = (description: string): Option<string> =>
  option({ type: "string", description, required: true }, (_, given) => given);

/** A whole number, at least `least`. */
export const whole = <Fallback extends number | undefined = undefined>(
  description: string,
  fallback?: Fallback,
  least = 1,
): Optional<number, Fallback> =>
  option({ type: "string", description, ...withDefault(fallback) }, (flag, given) =>
    wholeNumber(flag, given, least),
  ) as never;

/** A number inside a range, such as a temperature. */
export const real = (description: string, fallback: number, range: readonly [number, number]): Option<number> =>
  option({ type: "string", description, default: String(fallback) }, (flag, given) => realNumber(flag, given, range));

/** One of a few names; the first by default. */
export const choice = <const Name extends string>(names: readonly Name[], description: string): Option<Name> =>
  option({ type: "string", description, default: names[0]! }, (flag, given) => oneOf(flag, given, names));

/** Yes or no. */
export const boolean = (description: string, fallback = false): Option<boolean> => ({
  arg: { type: "boolean", description, ...(fallback && { default: true }) },
  parse: (_, given) => (given === undefined ? fallback : Boolean(given)),
});

/** Text that is read in a way of its own. */
export const parsed = <Value>(
  description: string,
  fallback: string,
  parse: (flag: string, given: string) => Value,
): Option<Value> => option({ type: "string", description, default: fallback }, parse);

/** `--device` of every command. */
export const device = choice(["auto", "cpu", "cuda", "wasm", "js"], "auto, cpu, cuda, wasm or js");

/** Which checkpoint of a run `--model` means. */
export const checkpointOptions = {
  method: text("of a run: one of its methods; needed when there are several"),
  checkpoint: parsed("of a run: newest, best, or a number of steps", "newest", (flag, given) =>
    given === "newest" || given === "best" ? given : wholeNumber(flag, given, 0),
  ),
};

/** A whole number, at least `least`. */
export function wholeNumber(name: string, given: string, least = 1): number {
  const value = Number(given);
  if (given.trim() !== "" && Number.isInteger(value) && value >= least) return value;
  throw new VptError(`${name}: expected a whole number of at least ${least}, received "${given}"`);
}

/** A number, such as a temperature. */
export function realNumber(name: string, given: string, [least, most]: readonly [number, number]): number {
  const value = Number(given);
  if (given.trim() !== "" && value >= least && value <= most) return value;
  throw new VptError(`${name}: expected a number from ${least} to ${most}, received "${given}"`);
}

/** One of a few names. */
export function oneOf<const Name extends string>(name: string, given: string, known: readonly Name[]): Name {
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  throw new VptError(`${name}: expected one of ${known.join(", ")}, received "${given}"`);
}

/** `--device` as `useBackend` takes it. */
export const deviceOf = (given: string): "auto" | "cpu" | "cuda" | "wasm" | "js" =>
  oneOf("--device", given, ["auto", "cpu", "cuda", "wasm", "js"]);
