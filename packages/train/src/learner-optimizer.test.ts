import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { runConfigSchema } from "./language/config.js";
import { learnerOptimizer } from "./learner-optimizer.js";
import { visionConfigSchema } from "./vision/config.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const data = {
  unlabeled: { synthetic: "stream" },
  feedback: { synthetic: "problems" },
  test: { synthetic: "problems" },
};
const parsed = (learner: object) => [
  runConfigSchema.parse({ data, learner }).learner,
  visionConfigSchema.parse({ kind: "vision", learner }).learner,
];

it.each([
  [{ weightDecay: 0.04 }, [0.996, 1]],
  [{ weightDecay: 0.04, weightDecayOn: "matrices" }, [0.996, 1]],
  [{ weightDecay: 0.04, weightDecayOn: "all" }, [0.996, 0.996]],
  [{ weightDecay: 0 }, [1, 1]],
])("takes a matrix and a norm of ones without a gradient, by %j, to %j", (learner, expected) => {
  for (const section of parsed(learner))
    tf.tidy(() => {
      const optimizer = learnerOptimizer(section);
      const params = { "proj.weight": tf.ones([2, 2]), "norm.weight": tf.ones([2]) };
      const zeros = { "proj.weight": tf.zeros([2, 2]), "norm.weight": tf.zeros([2]) };
      const { params: next } = optimizer.update(params, zeros, optimizer.init(params), 0.1);
      ["proj.weight", "norm.weight"].forEach((name, i) =>
        expect(next[name]!.min().dataSync()[0]).toBeCloseTo(expected[i]!, 6),
      );
    });
});
