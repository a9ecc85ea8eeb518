import { markup, type Markup } from "../html/markup.js";

const methodTerms: Readonly<Record<string, string>> = {
  baseline: "trains on the ordinary objective. Every method starts from the same parameters and sees the same batches.",
  value: "trains a task designer on V, the method of the paper.",
  tilt: "has no designer network: it tilts the target or the mask exponentially towards larger V, in closed form.",
  "random-direction": "replaces the feedback gradient by a random direction of the same length: a control.",
  "shuffled-labels": "takes feedback on rows with shuffled answers: a control.",
  uniform: "mixes a uniform distribution into the target, without feedback: a control.",
  "self-distillation": "mixes the learner's own prediction into the target, without feedback: a control.",
  "sign-flipped": "uses the opposite of the feedback gradient: a control that should lose.",
  oracle: "language: the allowed target of largest V. Vision: images without their watermarks. A bound, not a method.",
  sft: "supervised fine-tuning: trains on the feedback rows and their labels. A ceiling.",
  "constant-bias":
    "language: the baseline with one vector on its logits, fitted on the feedback rows. What style gains: a control.",
  "random-mask": "masks images at random, without feedback: a control.",
  "random-tilt": "tilt with a random direction for the feedback gradient: a control.",
};

type Term = readonly [term: string, occurs: RegExp, definition: string];

const terms: readonly Term[] = [
  [
    "V",
    /\bV\b/,
    "the value ⟨g, ∇L⟩: to first order, how much a step lowers the downstream loss per unit of learning rate.",
  ],
  [
    "g",
    /⟨g,|\bgradient g\b|of g\b/,
    "the feedback gradient: of the downstream loss on labelled feedback rows, averaged over steps.",
  ],
  ["α", /α/, "the gate of a target: 0 keeps the true token, 1 takes the designed target."],
  [
    "feedback cosine",
    /feedback cosine/i,
    "cosine between a new feedback gradient and the average of earlier ones; near 1 the feedback agrees with itself.",
  ],
  [
    "designer efficiency",
    /designer efficiency/i,
    "the share of the oracle's gain in V: 1 is the oracle, 0 the true token; below 0 the target works against V.",
  ],
  [
    "one-step probe",
    /probe/i,
    "takes single steps and compares the predicted with the realized decrease of the downstream loss; r correlates.",
  ],
  ["NLL", /\bNLL\b/, "negative log-likelihood in nats, per token of the answer unless it says otherwise."],
  ["top-1", /\btop-1\b/i, "share of tokens or images whose first choice is right."],
  ["bits per byte", /bits per byte/i, "negative log-likelihood in bits, per byte of the text."],
  ["pass@1", /pass@1/i, "share of problems that a single answer solves."],
  ["mIoU", /\bmIoU\b/, "mean over classes of intersection over union between predicted and true pixels; 1 is perfect."],
  ["RMSE", /\brmse\b/i, "root mean square error."],
  ["k-NN", /\bk-?nn\b/i, "share of images whose nearest neighbours in feature space vote for the right class."],
  [
    "teacher entropy",
    /teacher entropy/i,
    "entropy of the teacher's distribution over prototypes; near 0 or its maximum the training has collapsed.",
  ],
  ["stall", /\bstall\b/i, "share of the steps' time that the learner waited for its batches."],
  [
    "95 % interval",
    /95 %/,
    "computed from differences within the same test items or seeds; if it holds 0, the two are not told apart.",
  ],
];

/** Defines the methods of a report and those terms that occur in the text of `body`, a line each. */
export function glossary(body: Markup, methods: readonly string[]): Markup | undefined {
  const text = body.html.replace(/<pre>.*?<\/pre>/gs, " ").replace(/<[^>]*>/g, " ");
  const used = [
    ...Object.entries(methodTerms).filter(([method]) => methods.includes(method)),
    ...terms.filter(([, occurs]) => occurs.test(text)).map(([term, , definition]) => [term, definition] as const),
  ];
  if (used.length === 0) return undefined;
  return markup`<section><h2>Terms</h2>
<dl>${used.map(([term, definition]) => markup`<dt>${term}</dt><dd>${definition}</dd>`)}</dl></section>`;
}
