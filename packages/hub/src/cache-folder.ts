import { homedir } from "node:os";
import { join } from "node:path";

/** Where downloads are kept: `$VPT_CACHE`, else `$XDG_CACHE_HOME/vpt`, else `~/.cache/vpt`. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env["VPT_CACHE"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "vpt");
