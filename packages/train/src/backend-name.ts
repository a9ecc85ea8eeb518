import type { BackendInfo } from "@vpt/backend";

/** The backend in use as reports name it, such as `TensorFlow 2.21.0 on cpu`. */
export const backendName = ({ native, tensorflowVersion, device, name }: BackendInfo): string =>
  native ? `TensorFlow ${tensorflowVersion} on ${device}` : `tfjs ${name}`;
