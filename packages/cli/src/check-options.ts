import { VptError } from "@vpt/core";
import type { ArgsDef, CommandDef, Resolvable } from "citty";
import { nearestName } from "@vpt/train";

/**
 * Refuses an option or a command that is not there, with the nearest name: citty takes any option, so a slip of the pen
 * would run with defaults.
 *
 * @throws {VptError} Which option of which command, and what was probably meant.
 */
export async function checkOptions(command: CommandDef, rawArgs: readonly string[], path = "vpt"): Promise<void> {
  const subCommands = await resolve(command.subCommands);
  if (subCommands) {
    const [name, ...rest] = rawArgs;
    if (name === undefined || name.startsWith("-")) return; // citty says what is missing
    const found = Object.hasOwn(subCommands, name) ? await resolve(subCommands[name]) : undefined;
    if (!found) throw new VptError(`${path}: unknown command "${name}"${suggestion(name, Object.keys(subCommands))}`);
    return checkOptions(found, rest, `${path} ${name}`);
  }
  const declared = (await resolve(command.args)) ?? {};
  const known = Object.keys(declared).filter((name) => declared[name]!.type !== "positional");
  for (const given of optionsIn(rawArgs, declared)) {
    if (!known.includes(given) && !known.includes(given.replace(/^no-/, "")))
      throw new VptError(`${path}: unknown option --${given}${suggestion(given, known, "--")}`);
  }
}

/** Names of the options before `--`, without the values of those that take one. */
function optionsIn(rawArgs: readonly string[], declared: ArgsDef): string[] {
  const end = rawArgs.indexOf("--");
  const args = end < 0 ? rawArgs : rawArgs.slice(0, end);
  const names: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--?([a-zA-Z][\w-]*)(=.*)?$/s.exec(args[i]!) ?? [];
    if (name === undefined) continue;
    names.push(name);
    const takesNext = value === undefined && Object.hasOwn(declared, name) && declared[name]!.type !== "boolean";
    if (takesNext) i++;
  }
  return names;
}

const suggestion = (name: string, known: readonly string[], dashes = ""): string => {
  const near = nearestName(name, known);
  if (near !== undefined) return `; did you mean "${dashes}${near}"?`;
  return `; expected one of ${known.map((each) => dashes + each).join(", ")}`;
};

const resolve = <Value>(value: Resolvable<Value> | undefined): Promise<Value | undefined> =>
  Promise.resolve(typeof value === "function" ? (value as () => Value | Promise<Value>)() : value);
