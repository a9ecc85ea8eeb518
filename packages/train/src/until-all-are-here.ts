import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";

/** Waits for every process of the run: the first writes what all of them read then. `label` names the place. */
export async function untilAllAreHere(label: string): Promise<void> {
  const group = processGroup();
  if (!group) return;
  const { done } = tf.tidy(() => group.allReduce({ done: tf.scalar(1) }, label));
  await done.data();
  done.dispose();
}
