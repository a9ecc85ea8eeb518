import type { z } from "zod";
import { nearestName } from "./nearest-name.js";
import { renamedKeys } from "./renamed-keys.js";
import { knownKeys, schemasAt } from "./schema-tree.js";

type Issue = z.core.$ZodIssue;

/** Says in one sentence what is wrong with a configuration: where, what was expected, what was received. */
export function describeIssue(issue: Issue, config: unknown, root: unknown): string {
  if (issue.code === "invalid_union") {
    const inner = closestBranch(issue.errors);
    if (inner) return describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, config, root);
  }
  if (issue.code === "unrecognized_keys") return describeUnknownKey(issue.keys[0] ?? "", issue.path, config, root);
  const received = JSON.stringify(valueAt(config, issue.path)) ?? "nothing";
  // zod ends with the type that it received; the value says more
  const expected = issue.message.replace(/^Invalid input: /, "").replace(/, received \S+$/, "");
  return `"${issue.path.join(".")}": ${expected}, received ${cut(received)}`;
}

function describeUnknownKey(key: string, path: readonly PropertyKey[], config: unknown, root: unknown): string {
  const at = path.join(".");
  const keys = knownKeys(root, path);
  // zod calls a key unknown that another branch of a union has, when that branch refuses the key's value
  if (keys.includes(key)) {
    const value = valueAt(config, path);
    const tried = schemasAt(root, path).map((schema) => schema.safeParse(value).error?.issues ?? []);
    const inner = closestBranch(tried.filter((issues) => issues.length > 0));
    if (inner && inner.code !== "unrecognized_keys")
      return describeIssue({ ...inner, path: [...path, ...inner.path] }, config, root);
    return `"${at}": "${key}" cannot be combined with ${siblings(key, value, root, path)}; remove one of them`;
  }
  const name = at === "" ? key : `${at}.${key}`;
  const renamed = Object.hasOwn(renamedKeys, key) ? renamedKeys[key] : undefined;
  const near = nearestName(key, keys);
  const section = `${at === "" ? "the configuration" : `"${at}"`} has ${[...keys].sort().join(", ")}`;
  if (renamed !== undefined) return `unknown key "${name}"; it is now called ${renamed}; ${section}`;
  return (
    "unknown key " +
    `"${name}"${near === undefined ? "" : `; did you mean "${near}"?`}${near === undefined ? ";" : ""} ` +
    `${section}`
  );
}

/** The given keys beside `key` that no branch has together with it. */
function siblings(key: string, value: unknown, root: unknown, path: readonly PropertyKey[]): string {
  const withKey = schemasAt(root, path).filter(({ shape }) => shape && key in shape);
  const others = Object.keys(value as object).filter(
    (other) => other !== key && !withKey.some(({ shape }) => other in shape!),
  );
  return others.map((other) => `"${other}"`).join(", ") || "the keys beside it";
}

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

const valueAt = (config: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], config);

/**
 * Of a union's branches, the one that fits best: of the right type first, then with the fewest keys it does not have.
 */
const closestBranch = (all: readonly (readonly Issue[])[]): Issue | undefined =>
  [...all].sort((a, b) => distanceOf(a) - distanceOf(b))[0]?.[0];

/** How far a value is from a branch with these issues. */
const distanceOf = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => {
    if (issue.code === "invalid_union") return sum + Math.min(...issue.errors.map(distanceOf));
    if (issue.code === "unrecognized_keys") return sum + 10 * issue.keys.length;
    if (issue.code === "invalid_key") return sum + 100;
    const isWholeValue = issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
    return sum + (isWholeValue ? 1000 : 1);
  }, 0);
