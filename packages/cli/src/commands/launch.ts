import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { launch } from "@vpt/backend";
import { wholeNumber } from "./eval/options.js";

export const launchCommand = defineCommand({
  meta: {
    name: "launch",
    description:
      "Starts several processes of one data-parallel run on this machine; one that fails stops all. " +
      "Example: vpt launch -n 2 -- vpt train examples/tiny.config.ts --out runs/a",
  },
  args: {
    n: { type: "string", description: "processes, one a device", required: true },
  },
  async run({ args, rawArgs }) {
    const at = rawArgs.indexOf("--");
    if (at < 0)
      throw new VptError("vpt launch: expected -- and a command after it, as in vpt launch -n 2 -- vpt train …");
    const count = wholeNumber("-n", args.n);
    if (count < 1) throw new VptError(`-n: expected a whole number above 0, received ${count}`);
    const controller = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
    process.exitCode = await launch({ count, command: rawArgs.slice(at + 1), signal: controller.signal });
  },
});
