// The mean of float tensors over the processes of one machine, through memory that they share, as an operation of
// TensorFlow's, so that it is part of a graph: VptSharedMean(tensors: N * float; path, rank, size, timeout_seconds) ->
// means: N * float. All processes call it with the same shapes.
#pragma once

#include "tensorflow/c/tf_status.h"

void RegisterSharedMean(TF_Status* status);
