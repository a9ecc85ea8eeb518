import type * as tf from "@tensorflow/tfjs";
import type { UpdateScalars } from "../optim/adam-w.js";
import type { Params, Task } from "@vpt/contracts";

/** One step's tensors for what moves by a rule. */
export interface PostUpdateInputs<Batch> {
  /** All parameters as the loss used them. */
  readonly before: Params;
  /** The trained ones after their update. */
  readonly after: Params;
  readonly batch: Batch;
  /** The task that the loss used. */
  readonly task: Task;
  readonly numbers: UpdateScalars;
}

/**
 * Parameters that no optimizer moves, but a rule at the end of each step: an averaged teacher, a running centre. The rule runs inside the
 * step, so that a compiled step makes the passes that both need once.
 */
export interface PostUpdate<Batch> {
  /** Numbers of a step, such as a momentum: tensors to `move`, so that one compiled step serves all of them. */
  scalars(step: number): Readonly<Record<string, number>>;
  /** A pure function: the next values under their names, and scalars for the log. New tensors throughout. */
  update(inputs: PostUpdateInputs<Batch>): {
    readonly params: Params;
    readonly loggedScalars?: Readonly<Record<string, tf.Scalar>>;
  };
}
