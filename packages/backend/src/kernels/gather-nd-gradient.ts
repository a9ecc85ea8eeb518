import * as tf from "@tensorflow/tfjs";

/** d/dparams of `gatherND`: each row of dy goes back to where it was read; rows read twice add up. */
export const gatherNdGradient: tf.GradConfig = {
  kernelName: "GatherNd",
  inputsToSave: ["params", "indices"],
  gradFunc: (dy, saved) => {
    const [params, indices] = saved as [tf.Tensor, tf.Tensor];
    return {
      params: () => tf.scatterND(indices.toInt(), dy as tf.Tensor, params.shape),
      indices: () => tf.zerosLike(indices),
    };
  },
};
