// standin_control.node: lets JavaScript tests control the stand-in libraries. It opens nothing by itself; it
// only finds libraries that the addon under test has loaded, or loads the very file that a test names.
#include <dlfcn.h>
#include <napi.h>

#include <string>

namespace {

void* open_library(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  // Never closed: the addon under test keeps its libraries for the rest of the process as well.
  void* const library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) throw Napi::Error::New(info.Env(), dlerror());
  return library;
}

template <class Function>
Function* find(const Napi::CallbackInfo& info, const char* name) {
  void* const symbol = dlsym(open_library(info), name);
  if (symbol == nullptr)
    throw Napi::Error::New(info.Env(), std::string("the library does not export ") + name);
  return reinterpret_cast<Function*>(symbol);
}

void cuda_reset(const Napi::CallbackInfo& info) {
  find<void(int)>(info, "standin_cuda_reset")(info[1].ToBoolean() ? 1 : 0);
}

Napi::Value cuda_counters(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), find<const char*()>(info, "standin_cuda_counters")());
}

void cuda_fail(const Napi::CallbackInfo& info) {
  const std::string entry = info[1].As<Napi::String>();
  find<void(const char*, std::int64_t, int)>(info, "standin_cuda_fail")(
      entry.c_str(), info[2].As<Napi::Number>().Int64Value(), info[3].As<Napi::Number>().Int32Value());
}

void cuda_configure(const Napi::CallbackInfo& info) {
  const std::string key = info[1].As<Napi::String>();
  const std::string value = info[2].As<Napi::String>();
  if (!find<int(const char*, const char*)>(info, "standin_cuda_configure")(key.c_str(), value.c_str())) {
    throw Napi::Error::New(info.Env(), "the stand-in driver has no setting " + key);
  }
}

void tensorrt_reset(const Napi::CallbackInfo& info) {
  find<void()>(info, "standin_tensorrt_reset")();
}

Napi::Value tensorrt_counters(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), find<const char*()>(info, "standin_tensorrt_counters")());
}

void tensorrt_fail(const Napi::CallbackInfo& info) {
  const std::string method = info[1].As<Napi::String>();
  find<void(const char*, std::int64_t)>(info, "standin_tensorrt_fail")(
      method.c_str(), info[2].As<Napi::Number>().Int64Value());
}

void tensorrt_set_build_step_ms(const Napi::CallbackInfo& info) {
  find<void(int)>(info, "standin_tensorrt_set_build_step_ms")(info[1].As<Napi::Number>().Int32Value());
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("cudaReset", Napi::Function::New(env, cuda_reset));
  exports.Set("cudaCounters", Napi::Function::New(env, cuda_counters));
  exports.Set("cudaFail", Napi::Function::New(env, cuda_fail));
  exports.Set("cudaConfigure", Napi::Function::New(env, cuda_configure));
  exports.Set("tensorrtReset", Napi::Function::New(env, tensorrt_reset));
  exports.Set("tensorrtCounters", Napi::Function::New(env, tensorrt_counters));
  exports.Set("tensorrtFail", Napi::Function::New(env, tensorrt_fail));
  exports.Set("tensorrtSetBuildStepMs", Napi::Function::New(env, tensorrt_set_build_step_ms));
  return exports;
}

}  // namespace

NODE_API_MODULE(standin_control, initialise)
