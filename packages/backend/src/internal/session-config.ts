import { encode, integer, message, float, type Field } from "./proto-writer.js";

export interface SessionOptions {
  readonly memory?: { readonly growth?: boolean; readonly limitBytes?: number; readonly keepFreed?: boolean };
  readonly threads?: number;
}

/**
 * Bytes of TensorFlow's ConfigProto: threads (fields 2 and 5) and GPU memory (6: allow_growth 4, experimental 9,
 * virtual device 1, MB 1).
 */
export const sessionConfig = ({ memory = {}, threads }: SessionOptions): Uint8Array => {
  const { growth = true, limitBytes } = memory;
  const gpu: Field[] = [];
  if (limitBytes === undefined) gpu.push(integer(4, growth));
  else gpu.push(message(9, [message(1, [float(1, limitBytes / 2 ** 20)])]));
  const pools = threads === undefined ? [] : [integer(2, threads), integer(5, threads)];
  return encode([...pools, message(6, gpu)]);
};
