/** Keys that the configuration of every workload has, as they are written. */
export interface SharedConfigInput {
  /** Seed of the batches, the designer, the feedback and, unless a checkpoint is loaded, the model. @default 0 */
  seed?: number | undefined;
  /** Learner steps of each method; with match seconds, of the baseline. @default 40 */
  steps?: number | undefined;
  /**
   * What the methods have in common: as many steps each, or as many seconds of training as the baseline takes for
   * `steps`, all of a method's own overhead included.
   *
   * @default "steps"
   */
  match?: "steps" | "seconds" | undefined;
  /** With match seconds: the seconds of training of each method. @default the baseline's */
  matchSeconds?: number | undefined;
  /** Steps of the ordinary objective before the methods, which all start from the result. @default 0 */
  pretrainSteps?: number | undefined;
  /** Batches whose gradients are averaged into one step: a larger batch in the same memory. @default 1 */
  gradientAccumulation?: number | undefined;
  /** Skip steps whose loss is this many median deviations above the median of the last 50; 0 disables it. @default 0 */
  spikeFactor?: number | undefined;
  /** End the run after this many skipped steps in a row; the last good state is saved. @default 10 */
  maxSkippedSteps?: number | undefined;
  /** Steps between two probes of the predicted against the realised decrease. @default 5 */
  probeEvery?: number | undefined;
  /** Steps between checkpoints. @default 10 */
  saveEvery?: number | undefined;
  /** Newest checkpoints that are kept. @default 2 */
  keepCheckpoints?: number | undefined;
  /** Evaluate during the run, into evaluations.jsonl. @default none */
  evaluate?: EvaluateInput | undefined;
  /** The runtime. @default {} */
  backend?: BackendInput | undefined;
}

/** Evaluations during a run. */
export interface EvaluateInput {
  /** Steps between evaluations, or a time such as "60s" or "5min". Required. */
  every: number | string;
  /** The small evaluation; false runs the one of the end of the run. @default true */
  quick?: boolean | undefined;
  /** Metric whose best evaluation is kept as checkpoints/best, such as nll. @default none */
  best?: string | undefined;
}

/** The runtime that tensors are computed on. */
export interface BackendInput {
  /** Where tensors live; auto takes the fastest that works. @default "auto" */
  device?: "auto" | "cpu" | "cuda" | "wasm" | "js" | undefined;
  /** Threads of the native runtime. @default as many as cores */
  threads?: number | undefined;
  /** Run steps as compiled graphs. @default true */
  compile?: boolean | undefined;
  /** Precision of matrix products in compiled steps; parameters and moments stay float32. @default "f32" */
  precision?: "f32" | "tf32" | "bf16" | undefined;
}

/** How the value is computed, in the section `value` of every workload. */
export interface SharedValueInput {
  /**
   * adam: scale the learner's gradient as its AdamW does before it is aligned; none: align the gradient itself.
   *
   * @default "adam"
   */
  preconditioner?: "adam" | "none" | undefined;
  /**
   * κ of 1/(√v̂ + κ·rms(√v̂)): bounds what a parameter with a small Adam state is scaled by; 0 gives Adam's own.
   * @default 0.1
   */
  preconditionerDamping?: number | undefined;
  /** How the learner's and the downstream gradient are compared. @default "dot" */
  similarity?: "dot" | "cosine" | undefined;
  /**
   * How the derivative of the alignment is computed: exactly, or as a difference of two gradients.
   *
   * @default "forward-mode"
   */
  derivative?: "forward-mode" | "central-difference" | "forward-difference" | undefined;
  /**
   * Updates of the designer on each value pass; the derivative of the value serves them all.
   *
   * @default 1
   */
  designerUpdates?: number | undefined;
}
