import { homedir } from "node:os";
import { join } from "node:path";

/** Where downloads and builds live: `$VPT_CACHE`, else `$XDG_CACHE_HOME/vpt`, else `~/.cache/vpt`. */
export const cacheDirectory = (env: NodeJS.ProcessEnv = process.env): string =>
  env["VPT_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "vpt");
