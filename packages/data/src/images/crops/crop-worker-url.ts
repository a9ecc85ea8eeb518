/** The built file of the thread; tests that run on the sources put their own in its place (`vitest.config.ts`). */
export const cropWorkerUrl = new URL(import.meta.resolve("@vpt/data/crop-worker"));
