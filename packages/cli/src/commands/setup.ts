import { provisionRuntime } from "@vpt/backend";
import { defineCommand } from "citty";

export const setupCommand = defineCommand({
  meta: {
    name: "setup",
    description:
      "Brings TensorFlow's native runtime; does nothing when it is in place. Example: vpt setup --device cpu",
  },
  args: {
    device: {
      type: "enum",
      options: ["auto", "cpu", "cuda"],
      default: "auto",
      description: "which of TensorFlow's builds",
    },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const runtime = await provisionRuntime({ device: args.device, log: (line) => console.error(line) });
    if (args.json) console.log(JSON.stringify(runtime, null, 2));
    else if (!runtime.changed) console.log(`TensorFlow (${runtime.device}) was in place already`);
  },
});
