import { VptError } from "@vpt/contracts";
import type { TangentRule } from "../tangent-rule.js";
import type { TangentScope } from "./tangent-scope.js";

/** Raise it when a member of {@link Registry}, or what a copy may call on one, changes. */
const version = 1;

/** What every copy of this package in one process has to agree on. */
interface Registry {
  readonly version: number;
  /** Scopes under way, outermost first: nested `jvp` calls open one each. */
  readonly open: TangentScope[];
  /** Rules given with `registerTangent`, by kernel. */
  readonly rules: Map<string, TangentRule>;
}

const key = Symbol.for("vpt.autodiff");

/**
 * Returns the state that copies of this package share, as they share tfjs's engine. With a state each, `stopGradient` of
 * one copy would not stop a `jvp` of the other, and the derivative would be wrong without an error.
 *
 * @throws {VptError} When another version of the package made the state.
 */
export const registry = (): Registry => {
  const shared = globalThis as { [key]?: Registry };
  const found = (shared[key] ??= { version, open: [], rules: new Map() });
  if (found.version !== version)
    throw new VptError(
      `@vpt/autodiff: expected one version in a process, found two (their shared state has versions ${found.version} ` +
        `and ${version}), and derivatives across them would be wrong. Run npm ls @vpt/autodiff, then npm dedupe`,
    );
  return found;
};
