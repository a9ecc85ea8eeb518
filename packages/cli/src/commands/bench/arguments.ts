import { useBackend } from "@vpt/backend";
import { shapes, type ShapeName } from "@vpt/bench";
import { VptError } from "@vpt/core";
import { createProgress } from "@vpt/train";
import { wholeNumber } from "../eval/options.js";

/** Arguments of every benchmark. */
export const commonArguments = {
  reference: { type: "string", description: "torch: PyTorch in the same run" },
  python: { type: "string", description: "a Python that has torch; $VPT_PYTHON or python3 by default" },
  json: { type: "boolean", description: "print one JSON object" },
  out: { type: "string", description: "folder that keeps results, a file a day and machine, such as docs/benchmarks" },
} as const;

/** Of those that run a language model. */
export const shapeArguments = {
  shape: { type: "string", default: "smollm2-135m", description: Object.keys(shapes).join(" or ") },
  batch: { type: "string", default: "4", description: "rows a step" },
  tokens: { type: "string", default: "256", description: "tokens a row" },
  ...commonArguments,
} as const;

/** Of those that are repeated. */
export const roundsArgument = {
  rounds: { type: "string", default: "5", description: "rounds that count, after two that do not" },
} as const;

/** Of those that take a value update. */
export const valueArguments = {
  candidates: { type: "string", default: "64", description: "K, candidates a position" },
  blocks: { type: "string", default: "2", description: "blocks at the end over which the value is taken" },
} as const;

interface ShapeValues {
  readonly shape: string;
  readonly batch: string;
  readonly tokens: string;
  readonly reference?: string | undefined;
  readonly python?: string | undefined;
  readonly threads?: number;
}

/** The Python of the reference that was asked for. */
export const pythonOf = ({
  reference,
  python,
}: Pick<ShapeValues, "reference" | "python">): { readonly python?: string } => {
  if (reference !== undefined && reference !== "torch")
    throw new VptError(`--reference: expected torch, received "${reference}"`);
  return reference ? { python: python ?? process.env["VPT_PYTHON"] ?? "python3" } : {};
};

/** Checks what every benchmark is given and loads TensorFlow. */
export const prepare = async ({ shape, batch, tokens, reference, python, threads }: ShapeValues) => {
  const progress = createProgress();
  if (!(shape in shapes))
    throw new VptError(`--shape: expected ${Object.keys(shapes).join(" or ")}, received "${shape}"`);
  const options = {
    shape: shape as ShapeName,
    batch: wholeNumber("--batch", batch),
    tokens: wholeNumber("--tokens", tokens),
    ...pythonOf({ reference, python }),
    onRound: progress.setStatus,
  };
  await useBackend({ ...(threads !== undefined && { threads }), log: progress.log });
  return options;
};

/** {@link valueArguments} as numbers. */
export const valueSettings = ({ candidates, blocks }: { readonly candidates: string; readonly blocks: string }) => ({
  candidates: wholeNumber("--candidates", candidates),
  blocks: wholeNumber("--blocks", blocks),
});
