import { defineConfig, type Options } from "tsup";

/** What every package shares: ESM only, types beside the code, dependencies left outside the bundle. */
export const packageBuild = (entry: Options["entry"] = ["src/index.ts"]) =>
  defineConfig({
    entry: entry!,
    format: "esm",
    target: "es2022",
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
  });
