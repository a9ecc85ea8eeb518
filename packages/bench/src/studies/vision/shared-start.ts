import { disposeUnreferenced, type TrainState } from "@vpt/core";
import type { Progress } from "@vpt/train";
import {
  type VisionMethod,
  type VisionMethodOptions,
  type VisionConfig,
  type VisionPools,
  type VisionScores,
  type VisionStart,
  visionMethodOptions,
  loadPools,
  trainVisionMethod,
  scoreVision,
  startVision,
} from "@vpt/train/vision";

/** Pools and start of a study, which all its seeds and methods share. */
export interface SharedStart {
  readonly base: VisionConfig;
  readonly start: VisionStart;
  readonly pools: VisionPools;
  readonly before: VisionScores;
  /**
   * One method with one seed, and what `look` makes of its end. Methods under one `name` share what they compile, so
   * their configurations differ in the seed alone.
   */
  run<Looked>(
    name: string,
    method: VisionMethod,
    run: VisionConfig,
    look: (state: TrainState) => Promise<Looked>,
  ): Promise<Looked & { readonly secondsPerStep: number }>;
}

const known = new Map<string, Promise<SharedStart>>();

/** Made once a process and configuration. */
export function sharedStart(base: VisionConfig, progress: Progress): Promise<SharedStart> {
  const key = JSON.stringify(base);
  const made = known.get(key) ?? makeStart(base, progress);
  known.set(key, made);
  return made;
}

async function makeStart(base: VisionConfig, progress: Progress): Promise<SharedStart> {
  const pools = await loadPools(base, progress.log);
  const start = await startVision(base, pools, progress);
  const { scores: before } = await scoreVision(start.config, start.params, base, pools);
  const options = new Map<string, VisionMethodOptions>();
  return {
    base,
    start,
    pools,
    before,
    async run(name, method, run, look) {
      const step = options.get(name) ?? visionMethodOptions(method, run, start, pools);
      options.set(name, step);
      const times: number[] = [];
      const state = await trainVisionMethod(start, pools, {
        method: method,
        run,
        options: step,
        onStep: ({ loss, step: at }, { seconds }) => {
          times.push(seconds);
          progress.setStatus(`seed ${run.seed} ${name} ${at! + 1}/${run.steps} loss ${loss!.toFixed(3)}`);
        },
      });
      const looked = await look(state);
      disposeUnreferenced(state, start.params);
      return { ...looked, secondsPerStep: times.sort((a, b) => a - b)[times.length >> 1]! };
    },
  };
}

/** Scores of a method's end. */
export const scoresOf =
  ({ start, pools }: SharedStart, run: VisionConfig) =>
  async ({ params }: TrainState): Promise<VisionScores> =>
    (await scoreVision(start.config, params, run, pools)).scores;
