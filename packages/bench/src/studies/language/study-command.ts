/** A run of `vpt train` within a study. */
export interface TrainCommand {
  readonly part: "train";
  readonly config: string;
  readonly out: string;
  readonly set: readonly string[];
  /** What the tables say of the run. */
  readonly about: { readonly model: string; readonly rate: number; readonly variant: string };
  /**
   * Folder of a run whose methods took different times: this one gets the steps that a baseline does in the value's
   * time.
   */
  readonly matchTo?: string;
}

/** Writes the stream without what repeats a benchmark or the feedback. */
export interface DecontaminateCommand {
  readonly part: "decontaminate";
  readonly stream: string;
  /** Files by name, whose questions are compared. */
  readonly against: Readonly<Record<string, string>>;
  readonly out: string;
}

/** Writes a trained model as Python's transformers loads it. */
export interface ExportCommand {
  readonly part: "export";
  readonly run: string;
  readonly method: string;
  readonly step?: number;
  readonly out: string;
}

/** Asks an exported model a benchmark. */
export interface EvalCommand {
  readonly part: "gsm8k" | "mmlu" | "omega" | "passk";
  readonly model: string;
  readonly data: string;
  readonly out: string;
  readonly split?: string;
  readonly limit?: number;
  readonly newTokens?: number;
  readonly samples?: number;
  readonly ks?: readonly number[];
  /** Subjects that MMLU's rows have to cover. */
  readonly subjects?: number;
}

/**
 * One step of a language study. A study performs it in its own process; {@link commandLine} is the same for a shell.
 */
export type StudyCommand = TrainCommand | DecontaminateCommand | ExportCommand | EvalCommand;

/** The arguments of `vpt` that do what a study's command does. */
export function commandLine(command: StudyCommand): string[] {
  switch (command.part) {
    case "train": {
      const set = command.set.flatMap((each) => ["--set", each]);
      return ["train", command.config, "--out", command.out, "--resume", "--json", ...set];
    }
    case "decontaminate": {
      const against = Object.entries(command.against).map(([name, file]) => `${name}=${file}`);
      return ["decontaminate", command.stream, "--against", against.join(","), "--out", command.out, "--json"];
    }
    case "export": {
      const step = command.step === undefined ? [] : ["--step", `${command.step}`];
      return ["export", "--run", command.run, "--method", command.method, ...step, "--out", command.out, "--json"];
    }
    default:
      return evalLine(command);
  }
}

function evalLine({ part, model, data, split, limit, newTokens, samples, ks, out }: EvalCommand): string[] {
  const option = (name: string, value: unknown): string[] => (value === undefined ? [] : [`--${name}`, String(value)]);
  return [
    "eval",
    ...(part === "passk" ? ["pass-at-k", "--task", "gsm8k"] : [part]),
    ...option("model", model),
    ...option("data", data),
    ...option("split", split),
    ...option("limit", limit),
    ...option("max-new-tokens", newTokens),
    ...option("samples", samples),
    ...option("ks", ks?.join(",")),
    ...option("out", out),
    "--json",
  ];
}
