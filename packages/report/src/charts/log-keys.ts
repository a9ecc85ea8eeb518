import type { Curve } from "./curves.js";

/** Headings of the charts, in the order of the page. */
export const chartFamilies = [
  "Scores on the way",
  "Value and feedback",
  "Targets and masks",
  "Learner",
  "Designer",
  "One-step probe",
  "Speed and memory",
  "Other numbers",
] as const;
/** One of {@link chartFamilies}. */
export type ChartFamily = (typeof chartFamilies)[number];

type Log = "metrics" | "timings" | "probe";
type Entry = readonly [family: ChartFamily, title: string, axis: string];

const entries: Readonly<Record<string, Entry>> = {
  "metrics.value": ["Value and feedback", "Value V = ⟨g, ∇L⟩", "V"],
  "metrics.cosine": ["Value and feedback", "Cosine of g and the learner's gradient", "cosine"],
  "metrics.predictedDecrease": ["Value and feedback", "Predicted decrease of the downstream loss, one step", "nats"],
  "metrics.feedbackCosine": ["Value and feedback", "Feedback cosine", "cosine"],
  "metrics.feedbackNorm": ["Value and feedback", "Norm of the feedback gradient g", "‖g‖"],
  "metrics.gate": ["Targets and masks", "Gate α, mean over positions", "α"],
  "metrics.proposalEntropy": ["Targets and masks", "Entropy of the proposed target", "nats"],
  "metrics.proposalTruth": ["Targets and masks", "Share of the proposed target on the true token", "share"],
  "metrics.mask": ["Targets and masks", "Mean of the masks", "share kept"],
  "metrics.maskDeviation": ["Targets and masks", "Standard deviation of the masks", "deviation"],
  "metrics.loss": ["Learner", "Loss of the learner on its own task", "loss"],
  "metrics.gradientNorm": ["Learner", "Norm of the learner's gradient", "norm"],
  "metrics.learningRate": ["Learner", "Learning rate", "learning rate"],
  "metrics.teacherEntropy": ["Learner", "Teacher entropy", "nats"],
  "metrics.logitDeviation": ["Learner", "Standard deviation of the teacher's logits", "deviation"],
  "metrics.designerGradientNorm": ["Designer", "Norm of the designer's gradient", "norm"],
  "metrics.designerEfficiency": ["Designer", "Designer efficiency", "0: the learner's prediction, 1: the tilt"],
  "metrics.designerCorrelation": ["Designer", "Correlation of the designer's scores with the value", "correlation"],
  "metrics.headLoss": ["Designer", "Loss of the evaluator heads", "loss"],
  "metrics.evaluatorLoss": ["Designer", "Loss of the evaluator heads", "loss"],
  "probe.loss": ["One-step probe", "Downstream loss on the probe rows", "loss"],
  "timings.seconds": ["Speed and memory", "Seconds a step", "s"],
  "timings.dataSeconds": ["Speed and memory", "Seconds a step waits for its batch", "s"],
  "timings.unitsPerSecond": ["Speed and memory", "Tokens or images per second", "per second"],
  "timings.residentMegabytes": ["Speed and memory", "Resident memory", "MB"],
  "timings.peakResidentMegabytes": ["Speed and memory", "Largest resident memory so far", "MB"],
  "timings.tensors": ["Speed and memory", "Tensors in memory", "count"],
};

/** Ranges that go into the chart of their mean, and pairs that the probe's scatter plot shows. */
const shownElsewhere = /(Low|High)$|^probe\.(predicted|realised|realized|byFeedback)$/;

/** Describes the chart of a key of a log; a key that nobody has described is shown under its own name. */
export function describeLogKey(log: Log, key: string): Omit<Curve, "points"> | undefined {
  const id = `${log}.${key}`;
  if (shownElsewhere.test(id)) return undefined;
  const fallback = { metrics: "Other numbers", timings: "Speed and memory", probe: "One-step probe" } as const;
  const [family, title, axis] = entries[id] ?? [fallback[log], key, key];
  return { family, title, axis, panels: id === "metrics.loss" };
}
