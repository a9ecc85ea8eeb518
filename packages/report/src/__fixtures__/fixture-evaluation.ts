import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";

/** What a fixture evaluation varies. */
export interface FixtureEvaluation {
  readonly task?: string;
  readonly headline?: string;
  /** Value and half the width of its interval. */
  readonly metrics?: Readonly<Record<string, readonly [number, number]>>;
  /** Value and number of items. */
  readonly groups?: Readonly<Record<string, readonly [number, number]>>;
  readonly quarantined?: LoadedEvaluationRecord["quarantined"];
}

/** A made-up record of four items. */
export function fixtureEvaluation(options: FixtureEvaluation = {}): LoadedEvaluationRecord {
  const { task = "segmentation", headline = "mIoU", metrics = { mIoU: [0.4, 0.1] }, groups = {} } = options;
  const estimate = (value: number, half: number) => ({
    value,
    stderr: half / 1.96,
    ci95: [value - half, value + half] as const,
    method: "t" as const,
  });
  return {
    task,
    protocol: "dinov3-linear",
    protocolVersion: 1,
    model: "vit",
    settings: { size: 512 },
    n: 4,
    headline,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, [value, half]]) => [name, estimate(value, half)])),
    groups: Object.fromEntries(
      Object.entries(groups).map(([name, [value, n]]) => [name, { ...estimate(value, 0.1), n }]),
    ),
    perItem: [],
    promptSha256: "",
    dataSha256: "",
    wallSeconds: 1,
    quarantined: options.quarantined ?? [],
  } as unknown as LoadedEvaluationRecord;
}
