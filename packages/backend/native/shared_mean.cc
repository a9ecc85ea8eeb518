#include "shared_mean.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tensorflow.h"
#include "tensorflow/c/ops.h"

// Of tensorflow/c/kernels.h, which includes headers that are no part of the C API.
extern "C" {
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
struct TF_AsyncOpKernelDoneCallback;
TF_KernelBuilder* TF_NewAsyncKernelBuilder(const char* op, const char* device,
                                           void* (*create)(TF_OpKernelConstruction*),
                                           void (*compute)(void*, TF_OpKernelContext*, TF_AsyncOpKernelDoneCallback*),
                                           void (*remove)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status* status);
void TF_OpKernelConstruction_GetAttrSize(TF_OpKernelConstruction*, const char* name, int32_t* list, int32_t* total,
                                         TF_Status*);
void TF_OpKernelConstruction_GetAttrString(TF_OpKernelConstruction*, const char* name, char* value, size_t length,
                                           TF_Status*);
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction*, const char* name, int32_t* value, TF_Status*);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction*, const char* name, float* value, TF_Status*);
int TF_NumInputs(TF_OpKernelContext*);
void TF_GetInput(TF_OpKernelContext*, int i, TF_Tensor** tensor, TF_Status*);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext*, int i, TF_DataType, const int64_t* shape, int rank, size_t bytes,
                             TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);
}

namespace {

constexpr size_t kChunk = 1 << 16;  // numbers: 256 KB, which a core's cache holds
constexpr size_t kLine = 64;        // bytes between counters: a cache line each
constexpr int kPlaces = 2;          // a process may write the next chunk while others still read the last

// (a + b) / divisor
void Add(const float* a, const float* b, float divisor, float* sum, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] = (a[i] + b[i]) / divisor;
}

struct Settings {
  std::string path;
  int rank, size;
  float timeout_seconds;
};

// A file that all processes map. Chunk c of a process goes to its place c % 2: it writes there, waits until all have
// written theirs, adds them up in the order of the ranks (the same bits in every process), and says that it has read.
// Nobody writes over a place before all have read it.
class Board {
 public:
  explicit Board(const Settings& settings) : settings_(settings) {
    const size_t counters = 2 * settings.size * kLine;
    bytes_ = counters + static_cast<size_t>(settings.size) * kPlaces * kChunk * sizeof(float);
    const int file = open(settings.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, bytes_) != 0) base_ = MAP_FAILED;  // new pages are zero
    else base_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
  }
  ~Board() {
    if (ok()) munmap(base_, bytes_);
  }
  bool ok() const { return base_ != MAP_FAILED; }

  // The mean of one tensor, chunk by chunk; `to` may be `from`. False when another process does not come.
  bool Mean(const float* from, float* to, size_t count) {
    for (size_t at = 0; at < count; at += kChunk, chunk_++) {
      const size_t length = std::min(kChunk, count - at);
      if (chunk_ >= kPlaces && !WaitForAll(kRead, chunk_ - kPlaces + 1)) return false;
      memcpy(Place(settings_.rank), from + at, length * sizeof(float));
      Counter(kWrote, settings_.rank).store(chunk_ + 1, std::memory_order_release);
      if (!WaitForAll(kWrote, chunk_ + 1)) return false;
      for (int rank = 1; rank < settings_.size; rank++)
        Add(rank == 1 ? Place(0) : to + at, Place(rank), rank + 1 == settings_.size ? settings_.size : 1, to + at,
            length);
      Counter(kRead, settings_.rank).store(chunk_ + 1, std::memory_order_release);
    }
    return true;
  }

  std::mutex in_use;

 private:
  enum Kind { kWrote, kRead };
  std::atomic<uint64_t>& Counter(Kind kind, int rank) {
    char* place = static_cast<char*>(base_) + (kind * settings_.size + rank) * kLine;
    return *reinterpret_cast<std::atomic<uint64_t>*>(place);
  }
  float* Place(int rank) {
    char* places = static_cast<char*>(base_) + 2 * settings_.size * kLine;
    return reinterpret_cast<float*>(places) + (rank * kPlaces + chunk_ % kPlaces) * kChunk;
  }

  // The launcher takes the file away when a process has ended: then nobody comes any more.
  bool WaitForAll(Kind kind, uint64_t chunks) {
    const auto begin = std::chrono::steady_clock::now();
    for (int rank = 0, tries = 0; rank < settings_.size;) {
      if (Counter(kind, rank).load(std::memory_order_acquire) >= chunks) {
        rank++;
        continue;
      }
      if (++tries < 2000) {
        sched_yield();  // a chunk takes less than a millisecond; beyond that, leave the core to those that compute
        continue;
      }
      usleep(100);
      if (tries % 500 == 0) {
        const std::chrono::duration<float> waited = std::chrono::steady_clock::now() - begin;
        if (access(settings_.path.c_str(), F_OK) != 0 || waited.count() > settings_.timeout_seconds) return false;
      }
    }
    return true;
  }

  const Settings settings_;
  size_t bytes_;
  void* base_;
  uint64_t chunk_ = 0;
};

// Boards live as long as the process: their counters go on from call to call.
Board& BoardOf(const Settings& settings) {
  static std::mutex mutex;
  static auto* boards = new std::map<std::string, std::unique_ptr<Board>>;
  std::lock_guard<std::mutex> lock(mutex);
  auto& board = (*boards)[settings.path];
  if (!board) board = std::make_unique<Board>(settings);
  return *board;
}

void* Create(TF_OpKernelConstruction* construction) {
  Status status;
  auto* settings = new Settings;
  int32_t list = 0, length = 0, rank = 0, size = 1;
  TF(TF_OpKernelConstruction_GetAttrSize)(construction, "path", &list, &length, status.status);
  settings->path.resize(length);
  TF(TF_OpKernelConstruction_GetAttrString)(construction, "path", &settings->path[0], length, status.status);
  TF(TF_OpKernelConstruction_GetAttrInt32)(construction, "rank", &rank, status.status);
  TF(TF_OpKernelConstruction_GetAttrInt32)(construction, "size", &size, status.status);
  TF(TF_OpKernelConstruction_GetAttrFloat)(construction, "timeout_seconds", &settings->timeout_seconds, status.status);
  settings->rank = rank;
  settings->size = size;
  return settings;
}

void Delete(void* settings) { delete static_cast<Settings*>(settings); }

void Fail(TF_OpKernelContext* context, const std::string& message) {
  Status status;
  TF(TF_SetStatus)(status.status, TF_UNAVAILABLE, message.c_str());
  TF(TF_OpKernelContext_Failure)(context, status.status);
}

void MeanOfAll(const Settings& settings, TF_OpKernelContext* context) {
  Board& board = BoardOf(settings);
  if (!board.ok()) return Fail(context, "cannot map " + settings.path);
  std::lock_guard<std::mutex> lock(board.in_use);
  for (int i = 0; i < TF(TF_NumInputs)(context); i++) {
    Status status;
    TF_Tensor* given = nullptr;
    TF(TF_GetInput)(context, i, &given, status.status);
    std::vector<int64_t> shape;
    for (int axis = 0; axis < TF(TF_NumDims)(given); axis++) shape.push_back(TF(TF_Dim)(given, axis));
    const size_t count = TF(TF_TensorElementCount)(given);
    TF_Tensor* mean = TF(TF_AllocateOutput)(context, i, TF_FLOAT, shape.data(), shape.size(), count * sizeof(float),
                                                 status.status);
    const bool isWhole = status.ok() && board.Mean(static_cast<const float*>(TF(TF_TensorData)(given)),
                                                   static_cast<float*>(TF(TF_TensorData)(mean)), count);
    TF(TF_DeleteTensor)(given);
    if (mean) TF(TF_DeleteTensor)(mean);
    if (!isWhole) return Fail(context, "another process has gone, or does not answer");
  }
}

// On a thread of its own: TensorFlow's may all be needed for what the others wait for. `done` points to a std::function
// that ends with this call (CAsyncOpKernel in tensorflow/c/kernels.cc), so the thread takes a copy.
void Compute(void* settings, TF_OpKernelContext* context, TF_AsyncOpKernelDoneCallback* done) {
  std::thread([settings, context, done = *reinterpret_cast<std::function<void()>*>(done)] {
    MeanOfAll(*static_cast<Settings*>(settings), context);
    done();
  }).detach();
}

void InferShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = TF(TF_NewShapeHandle)();
  for (int64_t i = 0; i < TF(TF_ShapeInferenceContextNumInputs)(context); i++) {
    TF(TF_ShapeInferenceContextGetInput)(context, i, shape, status);
    TF(TF_ShapeInferenceContextSetOutput)(context, i, shape, status);
  }
  TF(TF_DeleteShapeHandle)(shape);
}

}  // namespace

void RegisterSharedMean(TF_Status* status) {
  static bool isRegistered = false;
  if (isRegistered) return;
  isRegistered = true;
  TF_OpDefinitionBuilder* op = TF(TF_NewOpDefinitionBuilder)("VptSharedMean");
  for (const char* spec : {"N: int >= 1", "path: string", "rank: int", "size: int", "timeout_seconds: float"})
    TF(TF_OpDefinitionBuilderAddAttr)(op, spec);
  TF(TF_OpDefinitionBuilderAddInput)(op, "tensors: N * float");
  TF(TF_OpDefinitionBuilderAddOutput)(op, "means: N * float");
  TF(TF_OpDefinitionBuilderSetIsStateful)(op, true);
  TF(TF_OpDefinitionBuilderSetShapeInferenceFunction)(op, InferShapes);
  TF(TF_RegisterOpDefinition)(op, status);
  if (TF(TF_GetCode)(status) != TF_OK) return;
  TF_KernelBuilder* kernel = TF(TF_NewAsyncKernelBuilder)("VptSharedMean", "CPU", Create, Compute, Delete);
  TF(TF_RegisterKernelBuilder)("VptSharedMean", kernel, status);
}
