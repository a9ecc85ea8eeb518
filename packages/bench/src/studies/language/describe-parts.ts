import type { LanguageStudySpec } from "./language-studies.js";

interface Parts {
  readonly study: string;
  readonly scale: string;
  readonly machine: string;
  readonly minutes: number;
  readonly parts: readonly { readonly part: string; readonly args: readonly string[]; readonly json: unknown }[];
}
interface Estimate {
  readonly value: number;
  readonly ci95: readonly [number, number];
}

const percent = ({ value, ci95: [low, high] }: Estimate): string =>
  `${(100 * value).toFixed(1)} % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;

/** The results of a study's commands as Markdown: the held-out NLL of each run, and what its methods answered. */
export function formatParts(spec: LanguageStudySpec, { study, scale, machine, minutes, parts }: Parts): string {
  const optionOf = (args: readonly string[], name: string): string => args[args.indexOf(name) + 1] ?? "";
  const lines = parts.flatMap(({ part, args, json }): string[] => {
    if (part === "train") {
      const { before, methods } = json as {
        before: { test: { nllPerToken: number } };
        methods: readonly { method: string; seconds: number; test: { nllPerToken: number } }[];
      };
      const scores = methods.map(
        ({ method, seconds, test }) => `${method} ${test.nllPerToken.toFixed(4)} (${seconds.toFixed(0)} s)`,
      );
      return [
        `- ${optionOf(args, "--out")}: held-out NLL before ${before.test.nllPerToken.toFixed(4)}, ${scores.join(", ")}`,
      ];
    }
    if (part === "decontaminate") {
      const { documents, kept, removed } = json as Record<"documents" | "kept" | "removed", number>;
      return [`- stream: ${documents} rows, ${removed} repeat the test, ${kept} stay`];
    }
    if (part === "passk") {
      const { passAtK } = json as { passAtK: readonly (Estimate & { k: number; value: number })[] };
      return [
        `- ${optionOf(args, "--model")}: ${passAtK.map((point) => `k = ${point.k}: ${percent(point)}`).join(", ")}`,
      ];
    }
    if (part === "export") return [];
    const { headline, metrics, n, macro } = json as {
      headline: string;
      metrics: Record<string, Estimate>;
      n: number;
      macro?: Estimate;
    };
    const split = part === "omega" ? ` ${optionOf(args, "--split")}` : "";
    const shown = macro ? `macro ${percent(macro)}` : `${headline} ${percent(metrics[headline]!)}`;
    return [`- ${optionOf(args, "--model")}: ${part}${split} ${shown} of ${n}`];
  });
  return [
    `# ${spec.title}, ${scale}`,
    ``,
    `${machine}; ${minutes.toFixed(1)} minutes. \`vpt repro ${study} --scale ${scale}\``,
    `Paper: ${spec.paper}.`,
    ``,
    ...lines,
    ``,
    `One seed and few questions below paper scale: nothing is asserted.`,
  ].join("\n");
}
