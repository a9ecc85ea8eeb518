export { defineConfig } from "./config/run-config.js";
export type { RunConfigInput } from "./config/run-config.js";
