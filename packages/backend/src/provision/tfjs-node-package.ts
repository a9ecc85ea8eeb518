import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export interface TfjsNodePackage {
  readonly name: "@tensorflow/tfjs-node-gpu" | "@tensorflow/tfjs-node";
  readonly directory: string;
  /** Where the package looks for its native addon (what node-pre-gyp's `find` answers on every Node with N-API 8). */
  readonly bindingPath: string;
  /** The file of the `@tensorflow/tfjs` it loads. */
  readonly tfjsPath: string;
}

const names = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** The `@tensorflow/tfjs` that this package, and so every `@vpt/*` package beside it, uses. */
export const ownTfjsPath = (): string => realpathSync(createRequire(import.meta.url).resolve("@tensorflow/tfjs"));

/**
 * Every installed tfjs-node, those that share our `@tensorflow/tfjs` first. Looked for from the working directory (the
 * user's project) and from this package.
 */
export const findTfjsNodePackages = (from: string = process.cwd()): readonly TfjsNodePackage[] => {
  const found = new Map<string, TfjsNodePackage>();
  for (const base of [pathToFileURL(join(from, "noop.js")).href, import.meta.url]) {
    for (const name of names) {
      try {
        const manifest = realpathSync(createRequire(base).resolve(`${name}/package.json`));
        const directory = dirname(manifest);
        const tfjsPath = realpathSync(createRequire(manifest).resolve("@tensorflow/tfjs"));
        const bindingPath = join(directory, "lib", "napi-v8", "tfjs_binding.node");
        found.set(directory, { name, directory, bindingPath, tfjsPath });
      } catch {
        // not installed here
      }
    }
  }
  const own = ownTfjsPath();
  return [...found.values()].sort((a, b) => Number(b.tfjsPath === own) - Number(a.tfjsPath === own));
};
