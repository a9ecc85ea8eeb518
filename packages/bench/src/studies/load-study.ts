import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { VptError } from "@vpt/core";
import { loadConfig } from "c12";
import { studies } from "./registry.js";
import type { Study, StudyRegistry } from "./study.js";

/**
 * Returns the studies of a module, JavaScript or TypeScript, that exports them as `studies`; of this package without
 * one.
 *
 * @throws {VptError} When the file is absent, does not load or exports no `studies`.
 */
export async function loadStudies(module?: string): Promise<StudyRegistry> {
  if (module === undefined) return studies;
  if (!existsSync(module)) throw new VptError(`--module ${module}: no such file`);
  const { config } = await loadConfig<{ readonly studies?: unknown }>({
    configFile: resolve(module),
    rcFile: false,
    globalRc: false,
    packageJson: false,
  }).catch((error: Error) => {
    throw new VptError(`--module ${module}: does not load: ${error.message.split("\n")[0]}`);
  });
  const own = config.studies;
  const isRegistry =
    typeof own === "object" && own !== null && Object.values(own).every((each) => typeof each === "function");
  if (isRegistry) return own as StudyRegistry;
  throw new VptError(
    `--module ${module}: expected an export "studies", an object of functions that return a study, ` +
      `received ${own === undefined ? "no such export" : typeof own}`,
  );
}

/**
 * Loads one study by name.
 *
 * @param module See {@link loadStudies}.
 * @throws {VptError} When no study has that name.
 */
export async function loadStudy(name: string, module?: string): Promise<Study> {
  const known = await loadStudies(module);
  const make = Object.hasOwn(known, name) ? known[name] : undefined;
  if (make) return make();
  const where = module === undefined ? "" : ` of ${module}`;
  throw new VptError(`repro: "${name}" is no study${where}; expected one of ${Object.keys(known).join(", ")}`);
}
