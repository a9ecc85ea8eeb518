import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A Python with these modules, or undefined: `$VPT_PYTHON` first, then `python3`. */
export const pythonWith = (...modules: readonly string[]): string | undefined => {
  const has = (python: string): boolean => {
    try {
      const find = `import importlib.util as u,sys; sys.exit(not all(map(u.find_spec, ${JSON.stringify(modules)})))`;
      execFileSync(python, ["-c", find], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  };
  return [process.env["VPT_PYTHON"], "python3"].find((python) => python !== undefined && has(python));
};

/** What `tools/logits.py` prints. */
export interface PythonLogits {
  readonly logits: readonly (readonly number[])[];
  readonly text: string | null;
  readonly encoded: readonly number[] | null;
}

/** Logits of `ids` from transformers, on a folder and perhaps a PEFT adapter. */
export const pythonLogits = (
  python: string,
  folder: string,
  ids: readonly number[],
  adapter?: string,
): PythonLogits => {
  const script = fileURLToPath(new URL("../../../../tools/logits.py", import.meta.url));
  const given = [script, folder, JSON.stringify(ids), ...(adapter === undefined ? [] : [adapter])];
  return JSON.parse(
    execFileSync(python, given, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  ) as PythonLogits;
};
