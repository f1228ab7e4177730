#include "loopback.h"

#include <algorithm>

#include "error.h"

namespace jetson_vla::gpu {
namespace {

using cuda::DeviceAddress;
using tensorrt::EngineDescription;
using tensorrt::Shape;

Shape vector_of(std::int64_t values) {
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = values;
  return shape;
}

class LoopbackContext final : public tensorrt::ExecutionContext {
 public:
  LoopbackContext(const cuda::Driver& driver, std::int64_t values, bool capturable)
      : driver_(driver), capturable_(capturable) {
    driver_.check(driver_.mem_host_alloc(&scratch_, static_cast<std::size_t>(values) * sizeof(float),
                                         cuda::kHostAllocPortable),
                  "cuMemHostAlloc");
  }
  ~LoopbackContext() noexcept override { driver_.mem_free_host(scratch_); }
  LoopbackContext(const LoopbackContext&) = delete;
  LoopbackContext& operator=(const LoopbackContext&) = delete;

  void set_profile(std::int32_t, CUstream_st*) override {}
  void set_input_shape(const std::string&, const Shape& shape) override { shape_ = shape; }
  void set_address(const std::string& name, void* address) override { (name == "in" ? in_ : out_) = address; }
  void infer_shapes() override {}
  Shape shape(const std::string&) const override { return shape_; }
  std::int64_t max_output_bytes(const std::string&) const override { return 0; }

  bool enqueue(CUstream_st* stream) noexcept override {
    // Not allowed while the stream is captured, like what some layers of TensorRT do.
    if (!capturable_ && driver_.stream_synchronize(stream) != cuda::kSuccess) return false;
    return copy(in_, out_, stream);
  }

  bool execute(void* const* bindings) noexcept override {
    return copy(bindings[0], bindings[1], nullptr) && driver_.stream_synchronize(nullptr) == cuda::kSuccess;
  }

  std::string last_error() const override { return "a copy failed"; }

 private:
  bool copy(const void* in, const void* out, CUstream_st* stream) noexcept {
    const std::size_t bytes = static_cast<std::size_t>(shape_.dims[0]) * sizeof(float);
    return driver_.memcpy_dtoh_async(scratch_, address(in), bytes, stream) == cuda::kSuccess &&
           driver_.memcpy_htod_async(address(out), scratch_, bytes, stream) == cuda::kSuccess;
  }

  static DeviceAddress address(const void* pointer) noexcept {
    return static_cast<DeviceAddress>(reinterpret_cast<std::uintptr_t>(pointer));
  }

  const cuda::Driver& driver_;
  const bool capturable_;
  void* scratch_ = nullptr;
  void* in_ = nullptr;
  void* out_ = nullptr;
  Shape shape_;
};

class LoopbackEngine final : public tensorrt::Engine {
 public:
  LoopbackEngine(const cuda::Driver& driver, std::int64_t values, bool capturable)
      : driver_(driver), values_(values), capturable_(capturable) {
    description_.name = "loopback";
    description_.profile_count = 1;
    for (const char* name : {"in", "out"}) {
      tensorrt::TensorDescription tensor;
      tensor.name = name;
      tensor.is_input = description_.tensors.empty();
      tensor.type = tensorrt::ElementType::kFloat32;
      tensor.type_name = "FP32";
      tensor.shape = vector_of(-1);
      tensor.format = "row-major";
      if (tensor.is_input) tensor.profiles = {{vector_of(1), vector_of(values), vector_of(values)}};
      description_.tensors.push_back(tensor);
    }
  }

  const EngineDescription& description() const noexcept override { return description_; }
  std::unique_ptr<tensorrt::ExecutionContext> create_context() override {
    return std::make_unique<LoopbackContext>(driver_, values_, capturable_);
  }
  std::string inspect() const override { return "{}"; }

 private:
  const cuda::Driver& driver_;
  const std::int64_t values_;
  const bool capturable_;
  EngineDescription description_;
};

class LoopbackRuntime final : public tensorrt::Runtime {
 public:
  LoopbackRuntime(const cuda::Driver& driver, std::int64_t values, bool capturable)
      : driver_(driver), values_(values), capturable_(capturable) {}
  tensorrt::DeserialisedEngine deserialise(const void*, std::size_t, tensorrt::HostCode) override {
    return {std::make_unique<LoopbackEngine>(driver_, values_, capturable_), {}};
  }

 private:
  const cuda::Driver& driver_;
  const std::int64_t values_;
  const bool capturable_;
};

}  // namespace

std::unique_ptr<tensorrt::Runtime> LoopbackBackend::create_runtime() {
  return std::make_unique<LoopbackRuntime>(driver_, values_, capturable_);
}

tensorrt::BuildResult LoopbackBackend::build(const std::string&, const tensorrt::BuildOptions&,
                                             const tensorrt::ProgressSink&) {
  throw Error(ErrorCode::kEngineBuildFailed, "the loopback builds no engines");
}

}  // namespace jetson_vla::gpu
