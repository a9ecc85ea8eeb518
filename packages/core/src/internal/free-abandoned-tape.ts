import * as tf from "@tensorflow/tfjs";

/**
 * Frees what a gradient's tape saved for a backward pass that will never come: tfjs keeps it when the function under
 * `tf.grads` throws. Call it once such a call has ended; a tape still under way is left alone.
 */
export function freeAbandonedTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const { saved } of state.activeTape) tf.dispose(saved ?? []);
  Object.assign(state, { activeTape: null });
}
