import { VptError } from "@vpt/core";
import { nearestName, type SharedConfig, type Workload } from "@vpt/train";

/** A workload whose types the command does not use. */
export type AnyWorkload = Workload<SharedConfig, unknown, unknown>;

/** A modality's package loads only when a run is of it. */
const workloads: Readonly<Record<string, () => Promise<unknown>>> = {
  language: async () => (await import("@vpt/train/language")).languageWorkload,
  vision: async () => (await import("@vpt/train/vision")).visionWorkload,
};

/**
 * The workload of a configuration's `kind`; language where it has none.
 *
 * @throws {VptError} For any other kind, naming the nearest.
 */
export async function workloadOf({ kind = "language" }: Readonly<Record<string, unknown>>): Promise<AnyWorkload> {
  const load = Object.hasOwn(workloads, String(kind)) ? workloads[String(kind)] : undefined;
  if (load) return (await load()) as AnyWorkload;
  const near = nearestName(String(kind), Object.keys(workloads));
  throw new VptError(
    `"kind": ${JSON.stringify(kind)}; expected ` +
      `${Object.keys(workloads).join(" or ")}${near ? `; did you mean "${near}"?` : ""}. A workload of ` +
      "your own runs through runExperiment",
  );
}
