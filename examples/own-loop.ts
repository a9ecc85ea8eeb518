import * as tf from "@tensorflow/tfjs";
import { stopGradient } from "@vpt/autodiff";
import { adamW, createTrainState, disposeUnreferenced, trainStep, type Designer, type Learner } from "@vpt/core";

type Batch = { x_ND: tf.Tensor2D; y_NC: tf.Tensor2D };
type View = { logits_NC: tf.Tensor2D };
const logits = (params: Record<string, tf.Tensor>, x: tf.Tensor2D) => tf.matMul(x, params["w"] as tf.Tensor2D);

const learner: Learner<Batch, View> = {
  loss: (params, { x_ND }, taskOf) => {
    const logits_NC = logits(params, x_ND) as tf.Tensor2D;
    const { target_NC } = taskOf({ logits_NC: stopGradient(logits_NC) });
    return tf.neg(tf.mean(tf.sum(tf.mul(target_NC!, tf.logSoftmax(logits_NC)), 1))) as tf.Scalar;
  },
};
const designer: Designer<Batch, View> = {
  init: () => ({ mix: tf.zeros([3]) }),
  baselineTask: ({ y_NC }) => ({ target_NC: y_NC }),
  design: ({ mix }, { y_NC }) => ({ target_NC: tf.add(tf.mul(y_NC, 0.8), tf.mul(tf.softmax(mix!), 0.2)) }),
};
const feedback = {
  gradient: ({ w }: Record<string, tf.Tensor>) => ({ w: tf.sub(w!, 1) }), // ∇ of your downstream loss
};

const optimizer = adamW();
let state = createTrainState({ params: { w: tf.zeros([4, 3]) }, designerParams: designer.init(0), optimizer, seed: 0 });
const value = {
  feedback,
  subset: ["w"],
  designerOptimizer: optimizer,
  designerLearningRate: () => 1e-2,
  updateEvery: 2,
};
for (let step = 0; step < 10; step++) {
  const batch = {
    x_ND: tf.randomNormal([8, 4]),
    y_NC: tf.oneHot([0, 1, 2, 0, 1, 2, 0, 1], 3).toFloat(),
  } as Batch;
  const stepped = await trainStep(state, batch, { learner, designer, optimizer, learningRate: () => 1e-2, value });
  disposeUnreferenced(state, stepped.state);
  state = stepped.state;
  tf.dispose(batch);
}
