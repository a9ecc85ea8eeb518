import { formatProvenance } from "@vpt/bench/studies";
import { settings, tiltName, type TargetHeadroomResult } from "./target-headroom-settings.js";
import { mixtureGain, stepGain } from "./step-gain.js";

/** The tables as Markdown. */
export function targetHeadroomPage({ line, kinds, ...measured }: TargetHeadroomResult): string {
  const ceiling = stepGain(kinds["labels of the feedback"]!).perStep;
  const share = (perStep: number): string => `${((100 * perStep) / ceiling).toFixed(0)} %`;
  return [
    `# Reach of the tilt target, SmolLM2-135M`,
    ``,
    "Why does the tilt close 15 % of the gap to supervised fine-tuning? Measured at one state: " +
      `${settings.plainSteps} plain steps of seed ${settings.seed} of the small ablation, development ` +
      "rows",
    `(GSM8K test ${settings.testSkip} to ${settings.testSkip + settings.testRows - 1}); g_down of ` +
      `${settings.feedbackBatches} × 8 feedback rows. Nothing is asserted.`,
    ``,
    formatProvenance(measured),
    ``,
    ...movedSection(line),
    ``,
    ...sourceSection(kinds, share),
    ``,
    ...gateSection(kinds, share),
  ].join("\n");
}

type Kinds = TargetHeadroomResult["kinds"];

function movedSection(line: TargetHeadroomResult["line"]): string[] {
  return [
    `## The learner moved along −g_down`,
    ``,
    "θ − ε·u with ‖u‖ = 1: the model that the target of strength ε imitates, to first order. One " +
      "AdamW step at 1e-4 is about 0.27 long.",
    ``,
    `| direction | ε | GSM8K NLL | top-1 | MATH NLL |`,
    `| --- | --- | --- | --- | --- |`,
    ...line.map(
      ({ direction, distance, nll, accuracy, math }) =>
        `| ${direction} | ${distance} | ${nll.toFixed(4)} | ${accuracy.toFixed(4)} | ${math.toFixed(4)} |`,
    ),
  ];
}

function sourceSection(kinds: Kinds, share: (perStep: number) => string): string[] {
  return [
    `## The learner's gradient by its source`,
    ``,
    `After AdamW's preconditioner, ${settings.batches} batches. AdamW's steps are about equally long ` +
      "whatever the gradient, so what counts is the gain a unit of length: the decrease of the",
    `development rows' loss to first order, over the root mean square norm. "Repeats" is the share ` +
      "of the square that is the same on every batch (pure noise has",
    `${(1 / settings.batches).toFixed(2)}).`,
    ``,
    `| gradient of | norm, r.m.s. | repeats | gain a unit of step | of supervised fine-tuning's |`,
    `| --- | --- | --- | --- | --- |`,
    ...Object.entries(kinds).map(([kind, found]) => {
      const { repeats, perStep } = stepGain(found);
      return (
        `| ${kind} | ${Math.sqrt(found.square).toFixed(0)} | ${repeats.toFixed(2)} | ` +
        `${perStep.toFixed(4)} | ${share(perStep)} |`
      );
    }),
  ];
}

function gateSection(kinds: Kinds, share: (perStep: number) => string): string[] {
  const labels = kinds["labels of the stream"]!;
  const [few, many] = settings.candidates;
  const mixtures = [
    [few, 1],
    ...settings.strengths.filter((strength) => strength > 0).map((strength) => [many, strength] as const),
  ] as const;
  return [
    `## Gain a unit of step at each gate, of supervised fine-tuning's`,
    ``,
    `| target | ${settings.gates.map((gate) => `gate ${gate}`).join(" | ")} |`,
    `| --- | ${settings.gates.map(() => "---").join(" | ")} |`,
    ...mixtures.map(([candidates, strength]) => {
      const steering = kinds[tiltName(candidates, strength)]!;
      return (
        `| ${tiltName(candidates, strength)} | ` +
        `${settings.gates.map((gate) => share(mixtureGain(labels, steering, gate))).join(" | ")} |`
      );
    }),
  ];
}
