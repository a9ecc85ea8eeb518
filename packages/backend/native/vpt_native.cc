// Beside tfjs-node's binding: captures the eager context that the binding creates, gives it a session config, and
// registers graph functions in it.
//
// Loaded first and with RTLD_GLOBAL, so that the binding's call of TFE_NewContext finds the definition below. It is not
// linked to TensorFlow, which would put TensorFlow's symbols in the global scope too; everything is looked up in the
// library that the binding has loaded.

#include <fcntl.h>
#include <malloc.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "shared_mean.h"
#include "tensorflow.h"
#include "tensorflow/c/c_api_experimental.h"
#include "tensorflow/c/eager/c_api.h"

namespace {

// A worker thread that loads the binding has a context of its own.
thread_local TFE_Context* context = nullptr;
std::string session_config;
std::string server_definition;

napi_value Throw(napi_env env, const std::string& message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

std::string ToString(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
  return text;
}

std::vector<std::string> ToStrings(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    napi_get_element(env, array, i, &element);
    texts.push_back(ToString(env, element));
  }
  return texts;
}

std::string ToBytes(napi_env env, napi_value value) {
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, value, nullptr, &length, &data, nullptr, nullptr);
  return std::string(static_cast<char*>(data), length);
}

std::vector<napi_value> Arguments(napi_env env, napi_callback_info info, size_t count) {
  std::vector<napi_value> values(count);
  napi_get_cb_info(env, info, &count, values.data(), nullptr, nullptr);
  return values;
}

// setSessionConfig(bytes of a ConfigProto): used by the next TFE_NewContext.
napi_value SetSessionConfig(napi_env env, napi_callback_info info) {
  session_config = ToBytes(env, Arguments(env, info, 1)[0]);
  return nullptr;
}

// setServer(bytes of a ServerDef): the next TFE_NewContext is that task of a cluster and can take part in its
// collectives.
napi_value SetServer(napi_env env, napi_callback_info info) {
  server_definition = ToBytes(env, Arguments(env, info, 1)[0]);
  return nullptr;
}

napi_value HasContext(napi_env env, napi_callback_info) {
  napi_value result;
  napi_get_boolean(env, context != nullptr, &result);
  return result;
}

std::vector<int64_t> ToIntegers(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  std::vector<int64_t> integers(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    napi_get_element(env, array, i, &element);
    napi_get_value_int64(env, element, &integers[i]);
  }
  return integers;
}

// A graph while it is written: operations get numbers, and nothing runs.
struct Graph {
  TF_Graph* graph = TF(TF_NewGraph)();
  std::vector<TF_Operation*> operations;
  ~Graph() { TF(TF_DeleteGraph)(graph); }

  // `flat` is [operation, output, operation, output, ...].
  std::vector<TF_Output> Outputs(const std::vector<int64_t>& flat) const {
    std::vector<TF_Output> outputs;
    for (size_t i = 0; i + 1 < flat.size(); i += 2)
      outputs.push_back({operations[flat[i]], static_cast<int>(flat[i + 1])});
    return outputs;
  }
};

Graph* ToGraph(napi_env env, napi_value value) {
  void* graph = nullptr;
  napi_get_value_external(env, value, &graph);
  return static_cast<Graph*>(graph);
}

// newGraph(): the graph, freed with the JavaScript object
napi_value NewGraph(napi_env env, napi_callback_info) {
  napi_value result;
  const auto finalize = [](napi_env, void* graph, void*) { delete static_cast<Graph*>(graph); };
  napi_create_external(env, new Graph, finalize, nullptr, &result);
  return result;
}

napi_value Numbers(napi_env env, const std::vector<int64_t>& values) {
  napi_value array;
  napi_create_array_with_length(env, values.size(), &array);
  for (size_t i = 0; i < values.size(); i++) {
    napi_value number;
    napi_create_int64(env, values[i], &number);
    napi_set_element(env, array, i, number);
  }
  return array;
}

// addNode(graph, operation, [[operation, output] flat for each argument], is a list for each argument, attribute names,
// bytes of each AttrValue): [number of the operation, then for each output its dtype, rank (-1: unknown) and sizes (-1:
// unknown)]
napi_value AddNode(napi_env env, napi_callback_info info) {
  const auto arguments = Arguments(env, info, 6);
  Graph* graph = ToGraph(env, arguments[0]);
  const std::string type = ToString(env, arguments[1]);
  const std::string name = "n" + std::to_string(graph->operations.size());
  const auto lists = ToIntegers(env, arguments[3]);
  const auto attributes = ToStrings(env, arguments[4]);
  Status status;
  TF_OperationDescription* description = TF(TF_NewOperation)(graph->graph, type.c_str(), name.c_str());
  for (size_t i = 0; i < lists.size(); i++) {
    napi_value argument;
    napi_get_element(env, arguments[2], i, &argument);
    const auto inputs = graph->Outputs(ToIntegers(env, argument));
    if (lists[i]) TF(TF_AddInputList)(description, inputs.data(), inputs.size());
    else TF(TF_AddInput)(description, inputs[0]);
  }
  for (size_t i = 0; i < attributes.size(); i++) {
    napi_value value;
    napi_get_element(env, arguments[5], i, &value);
    const std::string proto = ToBytes(env, value);
    Status unknown;  // an attribute that this TensorFlow does not know is named when the operation is finished
    TF(TF_SetAttrValueProto)(description, attributes[i].c_str(), proto.data(), proto.size(), unknown.status);
  }
  TF_Operation* operation = TF(TF_FinishOperation)(description, status.status);
  if (!status.ok()) return Throw(env, status.message());
  graph->operations.push_back(operation);

  std::vector<int64_t> result = {static_cast<int64_t>(graph->operations.size()) - 1};
  for (int i = 0; i < TF(TF_OperationNumOutputs)(operation); i++) {
    const TF_Output output = {operation, i};
    const int rank = TF(TF_GraphGetTensorNumDims)(graph->graph, output, status.status);
    std::vector<int64_t> sizes(rank > 0 ? rank : 0);
    if (rank > 0) TF(TF_GraphGetTensorShape)(graph->graph, output, sizes.data(), rank, status.status);
    result.push_back(TF(TF_OperationOutputType)(output));
    result.push_back(rank);
    result.insert(result.end(), sizes.begin(), sizes.end());
  }
  return Numbers(env, result);
}

// addFunction(name, graph, numbers of the operations that belong to it, inputs, outputs (flat pairs), compile with XLA)
napi_value AddFunction(napi_env env, napi_callback_info info) {
  const auto arguments = Arguments(env, info, 6);
  const std::string name = ToString(env, arguments[0]);
  const Graph* graph = ToGraph(env, arguments[1]);
  std::vector<const TF_Operation*> body;
  for (const int64_t number : ToIntegers(env, arguments[2])) body.push_back(graph->operations[number]);
  const auto inputs = graph->Outputs(ToIntegers(env, arguments[3]));
  const auto outputs = graph->Outputs(ToIntegers(env, arguments[4]));
  bool xla = false;
  napi_get_value_bool(env, arguments[5], &xla);
  if (!context) return Throw(env, "TensorFlow's context was not captured");

  Status status;
  TF_Function* function =
      TF(TF_GraphToFunction)(graph->graph, name.c_str(), 0, body.size(), body.data(), inputs.size(), inputs.data(),
                             outputs.size(), outputs.data(), nullptr, nullptr, nullptr, status.status);
  if (status.ok() && xla) {
    const char yes[] = {0x28, 1};  // AttrValue { b: true }
    TF(TF_FunctionSetAttrValueProto)(function, "_XlaMustCompile", yes, sizeof(yes), status.status);
  }
  if (status.ok()) TF(TFE_ContextAddFunction)(context, function, status.status);
  if (function) TF(TF_DeleteFunction)(function);
  return status.ok() ? nullptr : Throw(env, status.message());
}

// opDefinition(name): bytes of the operation's OpDef
napi_value OpDefinition(napi_env env, napi_callback_info info) {
  Status status;
  const std::string name = ToString(env, Arguments(env, info, 1)[0]);
  TF_Graph* graph = TF(TF_NewGraph)();
  TF_Buffer* buffer = TF(TF_NewBuffer)();
  TF(TF_GraphGetOpDef)(graph, name.c_str(), buffer, status.status);
  void* copy = nullptr;
  napi_value bytes, result = nullptr;
  if (status.ok()) {
    napi_create_buffer_copy(env, buffer->length, buffer->data, &copy, &bytes);
    result = bytes;
  }
  TF(TF_DeleteBuffer)(buffer);
  TF(TF_DeleteGraph)(graph);
  return status.ok() ? result : Throw(env, status.message());
}

// removeFunction(name)
napi_value RemoveFunction(napi_env env, napi_callback_info info) {
  Status status;
  const std::string name = ToString(env, Arguments(env, info, 1)[0]);
  TF(TFE_ContextRemoveFunction)(context, name.c_str(), status.status);
  return status.ok() ? nullptr : Throw(env, status.message());
}

int saved_stderr = -1;
FILE* captured = nullptr;

// TensorFlow writes two lines to stderr before any log level counts. captureStderr() … releaseStderr() gives them to
// us.
napi_value CaptureStderr(napi_env, napi_callback_info) {
  if (saved_stderr >= 0 || !(captured = tmpfile())) return nullptr;
  fflush(stderr);
  saved_stderr = dup(STDERR_FILENO);
  dup2(fileno(captured), STDERR_FILENO);
  return nullptr;
}

napi_value ReleaseStderr(napi_env env, napi_callback_info) {
  std::string text;
  if (saved_stderr >= 0) {
    fflush(stderr);
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    saved_stderr = -1;
    rewind(captured);
    char part[4096];
    while (size_t length = fread(part, 1, sizeof(part), captured)) text.append(part, length);
    fclose(captured);
  }
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

// keepFreedMemory(), for the whole process: keeps freed memory for the next step, instead of giving the pages of each
// activation back to the system and faulting them in again: 500,000 page faults and 3 to 4 s of system time in a step
// of 21 s, measured, against 80,000 and 1 s.
napi_value KeepFreedMemory(napi_env, napi_callback_info) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);  // the others end at 64 MB
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2147483647);
#endif
  return nullptr;
}

// tensorFloat32(allowed?) → whether it is allowed now, for the whole process. TensorFlow's own default is to allow it,
// without a word.
napi_value TensorFloat32(napi_env env, napi_callback_info info) {
  // No C function does this: tsl::enable_tensor_float_32_execution(bool) and tsl::tensor_float_32_execution_enabled().
  auto* enable = Find<void(bool)>("_ZN3tsl32enable_tensor_float_32_executionEb");
  auto* enabled = Find<bool()>("_ZN3tsl33tensor_float_32_execution_enabledEv");
  napi_value result = nullptr;
  if (!enable || !enabled) return nullptr;
  bool allowed = false;
  if (napi_get_value_bool(env, Arguments(env, info, 1)[0], &allowed) == napi_ok) enable(allowed);
  napi_get_boolean(env, enabled(), &result);
  return result;
}

// registerSharedMean(), for the whole process: TensorFlow knows the operation VptSharedMean from then on.
napi_value AddSharedMean(napi_env env, napi_callback_info) {
  Status status;
  RegisterSharedMean(status.status);
  return status.ok() ? nullptr : Throw(env, status.message());
}

napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
#define METHOD(name, function) {name, nullptr, function, nullptr, nullptr, nullptr, napi_enumerable, nullptr}
      METHOD("setSessionConfig", SetSessionConfig), METHOD("hasContext", HasContext),
      METHOD("setServer", SetServer),               METHOD("keepFreedMemory", KeepFreedMemory),
      METHOD("newGraph", NewGraph),                 METHOD("addNode", AddNode),
      METHOD("addFunction", AddFunction),           METHOD("removeFunction", RemoveFunction),
      METHOD("opDefinition", OpDefinition),         METHOD("captureStderr", CaptureStderr),
      METHOD("releaseStderr", ReleaseStderr),       METHOD("tensorFloat32", TensorFloat32),
      METHOD("registerSharedMean", AddSharedMean),
#undef METHOD
  };
  napi_define_properties(env, exports, sizeof(properties) / sizeof(properties[0]), properties);
  return exports;
}

}  // namespace

// Stands before TensorFlow's own in the binding's symbol search.
extern "C" __attribute__((visibility("default"))) TFE_Context* TFE_NewContext(const TFE_ContextOptions* options,
                                                                              TF_Status* status) {
  if (!session_config.empty()) {
    TF(TFE_ContextOptionsSetConfig)
    (const_cast<TFE_ContextOptions*>(options), session_config.data(), session_config.size(), status);
    if (TF(TF_GetCode)(status) != TF_OK) return nullptr;
  }
  context = TF(TFE_NewContext)(options, status);
  // Before the binding reads the names of the devices: a cluster's name their task.
  if (context && !server_definition.empty()) {
    TF(TFE_EnableCollectiveOps)(context, server_definition.data(), server_definition.size(), status);
    server_definition.clear();  // one context of a process is the task
  }
  return context;
}

NAPI_MODULE(vpt_native, Init)
