/** The scales of the language studies. */
export type ScaleName = "tiny" | "small" | "paper";

/** A model by its name, and how large it is. */
export interface StudyModel {
  readonly name: string;
  readonly parameters: number;
  /** Of those, parameters of the blocks that train. */
  readonly trained: number;
}

/** What a scale trains on and is asked. */
export interface LanguageScale {
  readonly config: string;
  readonly models: readonly StudyModel[];
  readonly rates: readonly number[];
  readonly steps: number;
  /** Of the stream, at most: rows a step times the longest row. */
  readonly tokensPerStep: number;
  readonly designerParameters: number;
  readonly data: string;
  /** Held-out questions, and the longest answer that is generated. */
  readonly questions: number;
  readonly newTokens: number;
  /** Subjects of MMLU: 57, or those of the templates. */
  readonly mmluSubjects: number;
  /** Floating-point operations a second that the hours assume. */
  readonly flops: number;
  readonly machine: string;
}

const qwen15 = [
  { name: "Qwen/Qwen1.5-0.5B", parameters: 463_987_712, trained: 25_701_376 },
  { name: "Qwen/Qwen1.5-4B", parameters: 3_950_369_280, trained: 158_625_280 },
  { name: "Qwen/Qwen1.5-7B", parameters: 7_721_324_544, trained: 404_795_392 },
];
/** The paper's second single model (v2). */
export const qwen25: StudyModel = { name: "Qwen/Qwen2.5-0.5B", parameters: 494_032_768, trained: 494_032_768 };
/** Its settings: all parameters, 4 × 32 rows of 512 tokens (method 4.1, third column). */
export const qwen25Settings = {
  config: "examples/language/qwen25-full.config.ts",
  steps: 12_000,
  tokensPerStep: 128 * 512,
  data:
    "NuminaMath-CoT as stream, GSM8K train (1,024) as feedback, by Hugging Face id; GSM8K test " +
    "(1,319) under $VPT_DATA",
} as const;

/** What the studies share, by scale. */
export const languageScales: Readonly<Record<ScaleName, LanguageScale>> = {
  tiny: {
    config: "examples/language/tiny.config.ts",
    models: [{ name: "tiny", parameters: 115_072, trained: 98_624 }],
    rates: [5e-4, 1e-3],
    steps: 340, // 300 of them the warm-up that both methods share
    tokensPerStep: 4 * 192,
    designerParameters: 30_000,
    data: "templates inside the project",
    questions: 24,
    newTokens: 64,
    mmluSubjects: 2,
    flops: 1e9,
    machine: "two cores, small products",
  },
  small: {
    config: "examples/language/small.config.ts",
    models: [{ name: "smollm2", parameters: 134_515_008, trained: 7_080_768 }],
    rates: [1e-4],
    steps: 40,
    tokensPerStep: 4 * 192,
    designerParameters: 6_700_000,
    data: "MATH (160 rows) as stream, GSM8K train (128) as feedback, GSM8K test, under $VPT_DATA or ../shared/data",
    questions: 64,
    newTokens: 96,
    mmluSubjects: 57,
    flops: 6e10,
    machine: "two cores",
  },
  paper: {
    config: "examples/language/paper.config.ts",
    models: qwen15,
    rates: [5e-6, 6.25e-6, 7.5e-6, 8.75e-6, 1e-5],
    steps: 2000,
    tokensPerStep: 32 * 1024,
    designerParameters: 44_000_000,
    data:
      "NuminaMath-CoT (859,494 rows, streamed and packed) as stream, GSM8K train (1,024) as feedback, " +
      "GSM8K test (1,319), MMLU (57 subjects) and OMEGA, under $VPT_DATA",
    questions: 1319,
    newTokens: 512,
    mmluSubjects: 57,
    flops: 1.2e14,
    machine: "one H100, float32 products as TF32",
  },
};
