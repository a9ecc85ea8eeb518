import * as tf from "@tensorflow/tfjs";
import { type Feedback, type Params, VptError } from "@vpt/contracts";
import { assertSameStructure, pick } from "@vpt/contracts/tensors";

/** The reason why a callback gave no gradient. */
export interface MissingFeedback {
  readonly reason: "timed out" | "threw" | "unusable";
  readonly error?: unknown;
}

/** Options of {@link callbackFeedback}. */
export interface CallbackFeedbackOptions {
  /** Milliseconds to wait for an answer; default 10 000. It cannot interrupt a callback that blocks the thread. */
  readonly timeout?: number;
  /** Called each time there is no usable answer; training continues. */
  readonly onMissing?: (missing: MissingFeedback) => void;
}

/**
 * Wraps a callback, such as a call of a service or a checker, as feedback. The callback returns `∇_θ` of the downstream
 * objective over `subset`, or a promise of it. An answer that is late, throws, or has other names, shapes or a number
 * that is not finite counts as no feedback: the gradient is zero, the meta step is skipped and counted, and the EMA of
 * earlier gradients stays. A late answer is freed.
 *
 * @param ask Returns new tensors, which belong to the loop from then on, or undefined for no feedback.
 * @throws {VptError} When the time-out is not positive.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { callbackFeedback } from "@vpt/core";
 *
 * const ask = async () => {
 *   const response = await fetch("http://localhost:8000/gradient");
 *   return { "model.norm.weight": tf.tensor1d((await response.json()) as number[]) };
 * };
 * const feedback = callbackFeedback(ask, { timeout: 2_000, onMissing: console.warn });
 * ```
 * @see arXiv 2601.22108v1, section 3: any signal with a gradient. The time-out is ours.
 * @category feedback
 */
export function callbackFeedback(
  ask: (...given: Parameters<Feedback["gradient"]>) => Params | undefined | Promise<Params | undefined>,
  { timeout = 10_000, onMissing }: CallbackFeedbackOptions = {},
): Feedback {
  if (!(timeout > 0)) throw new VptError(`callbackFeedback: expected a positive time-out, received ${timeout}`);
  return {
    async gradient(...given) {
      const [params, subset] = given;
      const nothing = (missing?: MissingFeedback): Params => {
        if (missing) onMissing?.(missing);
        return Object.fromEntries(Object.entries(pick(params, subset)).map(([name, x]) => [name, tf.zerosLike(x)]));
      };
      let answer: Params | undefined | typeof late;
      try {
        answer = await orLate(Promise.resolve(ask(...given)), timeout);
      } catch (error) {
        return nothing({ reason: "threw", error });
      }
      if (answer === late) return nothing({ reason: "timed out" });
      if (answer === undefined) return nothing();
      try {
        assertSameStructure(pick(params, subset), answer, "callbackFeedback: answer");
        if (await isFinite(answer)) return answer;
        throw new VptError("callbackFeedback: answer holds a number that is not finite");
      } catch (error) {
        tf.dispose(answer);
        return nothing({ reason: "unusable", error });
      }
    },
  };
}

const late = Symbol("late");

/** The answer, or `late`; what comes after that is freed, and its error is nobody's. */
async function orLate(answer: Promise<Params | undefined>, timeout: number): Promise<Params | undefined | typeof late> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const bell = new Promise<typeof late>((resolve) => (timer = setTimeout(() => resolve(late), timeout)));
  try {
    const first = await Promise.race([answer, bell]);
    if (first === late) {
      answer.then(
        (tensors) => tf.dispose(tensors),
        () => {},
      );
    }
    return first;
  } finally {
    clearTimeout(timer);
  }
}

async function isFinite(params: Params): Promise<boolean> {
  const all = tf.tidy(() => tf.stack(Object.values(params).map((tensor) => tf.isFinite(tensor).all())).all());
  const [finite] = await all.data();
  all.dispose();
  return Boolean(finite);
}
