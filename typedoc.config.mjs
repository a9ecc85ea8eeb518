import { entryPoints } from "./scripts/entry-points.mjs";

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "V-Pretraining for TypeScript",
  entryPoints: entryPoints.map(({ file }) => file),
  plugin: ["./scripts/typedoc-module-names.mjs"],
  tsconfig: "tsconfig.json",
  out: "site",
  readme: "README.md",
  gitRevision: "main",
  sourceLinkTemplate: "https://github.com/vpt-ts/vpt/blob/{gitRevision}/{path}#L{line}",
  excludeExternals: true,
  skipErrorChecking: true, // `npm run check` has a step for types
  treatWarningsAsErrors: true,
};
