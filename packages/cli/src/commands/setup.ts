import { provisionRuntime } from "@vpt/backend";
import { defineCommand } from "citty";

export const setupCommand = defineCommand({
  meta: {
    name: "setup",
    description:
      "Brings TensorFlow's native runtime; does nothing when it is in place. Example: vpt setup --device cpu",
  },
  args: {
    device: { type: "string", default: "auto", description: "auto, cpu or cuda" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const device = args.device === "cpu" || args.device === "cuda" ? args.device : "auto";
    const runtime = await provisionRuntime({ device, log: (line) => console.error(line) });
    if (args.json) console.log(JSON.stringify(runtime, null, 2));
  },
});
