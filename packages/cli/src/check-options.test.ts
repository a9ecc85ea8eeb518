import { defineCommand } from "citty";
import { expect, it } from "vitest";
import { checkOptions } from "./check-options.js";
import { program } from "./commands/program.js";

const leaf = defineCommand({
  args: {
    config: { type: "positional" },
    set: { type: "string" },
    n: { type: "string" },
    "max-new-tokens": { type: "string" },
    json: { type: "boolean" },
    blank: { type: "boolean", default: true },
  },
});
const tree = defineCommand({ subCommands: { train: () => Promise.resolve(leaf) } });
const check = (...args: string[]) => checkOptions(tree, args);

it("takes what is declared: values that look like options, --no-, =, one letter, what follows --", async () => {
  await check(
    "train",
    "a.ts",
    "--set",
    "--x",
    "--set=steps=-3",
    "-n",
    "2",
    "--no-blank",
    "--json",
    "--max-new-tokens",
    "4",
  );
  await check("train", "--", "vpt", "train", "--anything");
  await check();
});

it.each([
  [["train", "--jsn"], 'vpt train: unknown option --jsn; did you mean "--json"?'],
  [
    ["train", "--temperature=1"],
    "vpt train: unknown option --temperature; expected one of --set, --n, --max-new-tokens, --json, --blank",
  ],
  [["trian"], 'vpt: unknown command "trian"; did you mean "train"?'],
])("refuses %j", async (args, message) => {
  await expect(check(...args)).rejects.toThrow(message);
});

it("knows the options of the program's own commands", async () => {
  await checkOptions(program, ["train", "c.ts", "--set", "steps=3", "--out", "runs/a", "--resume"]);
  await expect(checkOptions(program, ["train", "c.ts", "--stepz", "3"])).rejects.toThrow(
    /vpt train: unknown option --stepz/,
  );
  await expect(checkOptions(program, ["eval", "gsm8k", "--prediction", "f"])).rejects.toThrow(
    'did you mean "--predictions"?',
  );
});
