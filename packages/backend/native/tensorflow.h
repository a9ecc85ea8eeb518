// TensorFlow's C functions, looked up in the library that the binding has loaded: see vpt_native.cc.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tensorflow/c/c_api.h"

template <typename Function>
Function* Find(const char* name) {
  static void* library = dlopen("libtensorflow_cc.so.2", RTLD_LAZY | RTLD_NOLOAD);
  return reinterpret_cast<Function*>(library ? dlsym(library, name) : nullptr);
}

template <typename Function>
Function* Lookup(const char* name) {
  Function* function = Find<Function>(name);
  if (!function) {
    fprintf(stderr, "vpt_native: %s is not in libtensorflow_cc.so.2\n", name);
    abort();
  }
  return function;
}

// TF(Name) is TensorFlow's function of that name.
#define TF(name) Lookup<decltype(name)>(#name)

struct Status {
  TF_Status* status = TF(TF_NewStatus)();
  ~Status() { TF(TF_DeleteStatus)(status); }
  bool ok() const { return TF(TF_GetCode)(status) == TF_OK; }
  std::string message() const { return TF(TF_Message)(status); }
};
