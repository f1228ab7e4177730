#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "native/support/standins.h"
#include "native/support/temporary_directory.h"
#include "tensorrt/session.h"

namespace jetson_vla::test {

/// Tests of a session on one release of the stand-ins; at the end the CUDA driver must be as it was.
class SessionTest : public ReleaseTest {
 protected:
  SessionTest() {
    // A session makes its context current by itself.
    current_.reset();
    cuda_control<decltype(&standin_cuda_reset)>("standin_cuda_reset")(0);
  }

  void TearDown() override {
    ReleaseTest::TearDown();
    // What is left of a test is its own retained context.
    const std::string counters = cuda_counters();
    const std::string living = counters.substr(0, counters.find("\"calls\""));
    const std::string expected = "\"contexts\":1}";
    EXPECT_NE(living.find(expected), std::string::npos) << living;
    const std::string rest =
        living.substr(0, living.find(expected)) + living.substr(living.find(expected) + 13);
    EXPECT_EQ(rest.find_first_of("123456789"), std::string::npos) << living;
  }

  std::string write(const standin::tensorrt::EngineSpec& spec) {
    const std::vector<std::uint8_t> bytes = write_engine(spec);
    return write_bytes(bytes.data(), bytes.size());
  }

  std::string write_bytes(const void* bytes, std::size_t size) {
    const std::filesystem::path file = directory_.path() / "policy.engine";
    std::ofstream(file, std::ios::binary)
        .write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
    return file.string();
  }

  tensorrt::Session open(const std::string& file, const tensorrt::SessionOptions& options = {}) {
    return tensorrt::Session(backend(), driver_, file, options);
  }

  /// Calls of a TensorRT method since the test began.
  int trt_calls(const std::string& method) { return number_after(counters(), "\"" + method + "\":"); }
  int trt_total_calls() { return number_after(counters(), "\"totalCalls\":"); }

  /// Calls of a driver entry point since the test began.
  int calls(const std::string& entry) { return number_after(cuda_counters(), "\"" + entry + "\":"); }
  int total_calls() { return number_after(cuda_counters(), "\"totalCalls\":"); }

  void configure_device(const char* key, const char* value) {
    cuda_control<decltype(&standin_cuda_configure)>("standin_cuda_configure")(key, value);
  }

  /// Makes the nth driver call from now fail; "*" counts the calls of all entry points.
  void fail_cuda(const char* entry, std::int64_t nth, int code) {
    cuda_control<decltype(&standin_cuda_fail)>("standin_cuda_fail")(entry, nth, code);
  }

  std::string cuda_counters() {
    return cuda_control<decltype(&standin_cuda_counters)>("standin_cuda_counters")();
  }

 private:
  template <class Function>
  static Function cuda_control(const char* name) {
    void* handle = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    return reinterpret_cast<Function>(::dlsym(handle, name));
  }

  static int number_after(const std::string& json, const std::string& key) {
    const std::size_t at = json.find(key);
    return at == std::string::npos ? 0 : std::stoi(json.substr(at + key.size()));
  }

  TemporaryDirectory directory_;
};

/// What JavaScript would see of a tensor, as values of one type.
template <typename Value>
Value* view(const tensorrt::Session& session, std::size_t tensor) {
  return reinterpret_cast<Value*>(session.tensors()[tensor]->view()->data());
}

}  // namespace jetson_vla::test
