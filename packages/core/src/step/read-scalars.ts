import * as tf from "@tensorflow/tfjs";

/** Reads many scalars with one transfer and frees them. */
export async function readScalars(scalars: Readonly<Record<string, tf.Scalar>>): Promise<Record<string, number>> {
  const names = Object.keys(scalars);
  if (names.length === 0) return {};
  const stacked = tf.tidy(() => tf.stack(Object.values(scalars).map((scalar) => scalar.reshape([]))));
  tf.dispose(scalars);
  const data = await stacked.data();
  stacked.dispose();
  return Object.fromEntries(names.map((name, i) => [name, data[i]!]));
}

/** True when every number is finite. */
export const allFinite = (numbers: Readonly<Record<string, number>>): boolean =>
  Object.values(numbers).every(Number.isFinite);
