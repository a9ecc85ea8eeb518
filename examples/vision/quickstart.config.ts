// Continued DINO pretraining of a small ViT on rendered rooms, with and without learned masks: a few minutes on two cores.
//   npx vpt train examples/vision/quickstart.config.ts --out runs/vision
import { defineVisionConfig } from "@vpt/cli";

export default defineVisionConfig({ kind: "vision", arms: ["baseline", "value"] });
