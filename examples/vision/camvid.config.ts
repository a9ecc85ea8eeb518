// The same on CamVid's street scenes, segmentation only: images and 8-bit label maps in folders of the same names.
//   npx vpt train examples/vision/camvid.config.ts --out runs/camvid
import { defineVisionConfig } from "@vpt/cli";

export default defineVisionConfig({
  kind: "vision",
  data: { pairs: "../shared/data/camvid", classes: 11, size: [96, 128], streamSize: 96 },
  model: { hiddenSize: 96, layers: 6, heads: 3, patchSize: 8 },
  crops: { globalSize: 64, localSize: 32 },
  warmup: { steps: 300 },
  steps: 100,
  tasks: { segmentation: 1, depth: 0 },
});
