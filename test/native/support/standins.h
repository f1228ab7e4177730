#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cuda/buffer.h"
#include "cuda/device.h"
#include "cuda/driver.h"
#include "cuda/stream.h"
#include "fakes/native/cuda/control.h"
#include "fakes/native/tensorrt/control.h"
#include "fakes/native/tensorrt/engine_file.h"
#include "tensorrt/library.h"

namespace jetson_vla::test {

/// One release that the stand-ins imitate.
struct Release {
  /// major × 10000 + minor × 100 + patch.
  std::int32_t version;
  /// Its directory, such as "tensorrt-8.5".
  const char* directory;
  const char* major;

  std::string path(const std::string& library) const {
    return std::string(JETSON_VLA_STANDIN_DIRECTORY) + "/" + directory + "/" + library + ".so." + major;
  }
};

inline std::ostream& operator<<(std::ostream& stream, const Release& release) {
  return stream << release.directory;
}

inline const std::vector<Release>& releases() {
  static const std::vector<Release> all = {{80502, "tensorrt-8.5", "8"},
                                           {80601, "tensorrt-8.6", "8"},
                                           {100300, "tensorrt-10.3", "10"},
                                           {101600, "tensorrt-10.16", "10"},
                                           {110100, "tensorrt-11.1", "11"}};
  return all;
}

/// Tests of one release of TensorRT: with a current CUDA context, and with nothing left of TensorRT's objects
/// at the end.
class ReleaseTest : public ::testing::TestWithParam<Release> {
 protected:
  ReleaseTest()
      : driver_(cuda::Driver::open(std::string(JETSON_VLA_STANDIN_DIRECTORY) + "/cuda/libcuda.so.1")),
        library_(tensorrt::open_library({GetParam().path("libnvinfer"), GetParam().path("libnvonnxparser"),
                                         JETSON_VLA_BACKEND_DIRECTORY})),
        context_(cuda::Context::retain(driver_, 0)) {
    current_.emplace(*context_);
    reset_tensorrt();
  }

  void TearDown() override {
    // Such as {"live":{"engines":0},"violations":{}, …
    const std::string living = counters().substr(0, counters().find("\"events\""));
    EXPECT_EQ(living.find_first_of("123456789"), std::string::npos) << living;
  }

  /// Forgets faults, counts and violations.
  void reset_tensorrt() { control<decltype(&standin_tensorrt_reset)>("standin_tensorrt_reset")(); }

  tensorrt::Backend& backend() { return library_.backend(); }
  std::int32_t version() const { return GetParam().version; }

  /// The JSON text of the stand-in's counters.
  std::string counters() {
    return control<decltype(&standin_tensorrt_counters)>("standin_tensorrt_counters")();
  }

  /// Makes the nth call from now of a method such as "IRuntime::deserializeCudaEngine" fail.
  void fail(const char* method, std::int64_t nth = 1) {
    control<decltype(&standin_tensorrt_fail)>("standin_tensorrt_fail")(method, nth);
  }

  /// An engine file of this release for this device, with one output per input of the same name and "_out".
  standin::tensorrt::EngineSpec engine_spec(const std::vector<standin::tensorrt::TensorSpec>& inputs) const {
    standin::tensorrt::EngineSpec spec;
    spec.version = static_cast<std::uint32_t>(version());
    spec.sm = static_cast<std::uint32_t>(context_->device().capability_major * 10 +
                                         context_->device().capability_minor);
    spec.name = "echo";
    spec.layer_count = 3;
    spec.tensors = inputs;
    for (standin::tensorrt::TensorSpec output : inputs) {
      output.name += "_out";
      output.is_input = false;
      output.profiles.clear();
      spec.tensors.push_back(output);
    }
    return spec;
  }

  const cuda::Driver& driver_;
  const tensorrt::Library& library_;
  std::shared_ptr<const cuda::Context> context_;
  std::optional<cuda::CurrentContext> current_;

 private:
  template <class Function>
  Function control(const char* name) {
    void* handle = ::dlopen(library_.path().c_str(), RTLD_NOW | RTLD_NOLOAD);
    return reinterpret_cast<Function>(::dlsym(handle, name));
  }
};

inline std::string release_name(const ::testing::TestParamInfo<Release>& info) {
  return "TensorRT_" + std::to_string(info.param.version);
}

/// An input with a fixed shape.
inline standin::tensorrt::TensorSpec input(const std::string& name, standin::tensorrt::Element type,
                                           const standin::tensorrt::Extents& shape) {
  standin::tensorrt::TensorSpec tensor;
  tensor.name = name;
  tensor.is_input = true;
  tensor.type = type;
  tensor.shape = shape;
  tensor.profiles = {{shape, shape, shape}};
  return tensor;
}

inline tensorrt::Shape shape_of(std::initializer_list<std::int64_t> dims) {
  tensorrt::Shape shape;
  for (const std::int64_t dim : dims) shape.dims[static_cast<std::size_t>(shape.rank++)] = dim;
  return shape;
}

inline std::vector<std::int64_t> dims_of(const tensorrt::Shape& shape) {
  return {shape.dims.begin(), shape.dims.begin() + shape.rank};
}

}  // namespace jetson_vla::test
