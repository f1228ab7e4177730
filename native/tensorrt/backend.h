#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct CUstream_st;

/// What the addon knows about TensorRT. One shared object per TensorRT major implements it; no nvinfer1 type
/// may appear here, because their layouts differ between majors.
namespace jetson_vla::tensorrt {

/// Changes with this file: the addon refuses a backend that was built with another one.
inline constexpr std::int32_t kBackendAbi = 1;

inline constexpr std::int32_t kMaxRank = 8;

/// Dimensions of a tensor; −1 is one that is not known yet.
struct Shape {
  std::int32_t rank = 0;
  std::array<std::int64_t, kMaxRank> dims{};
};

enum class ElementType : std::int32_t {
  kFloat32,
  kFloat16,
  kBFloat16,
  kInt8,
  kUInt8,
  kInt32,
  kInt64,
  kBool,
  /// Anything else (FP8, INT4, …): JavaScript cannot read or write such a tensor.
  kOther,
};

struct ProfileShapes {
  Shape min;
  Shape opt;
  Shape max;
};

struct TensorDescription {
  std::string name;
  bool is_input = false;
  ElementType type = ElementType::kOther;
  /// TensorRT's own name of the type, such as "FP8"; for messages.
  std::string type_name;
  /// As built: −1 for a dynamic dimension.
  Shape shape;
  /// TensorRT's description of the memory layout, and whether it is plain row-major.
  std::string format;
  bool is_linear = true;
  /// Whether TensorRT wants this tensor in host memory.
  bool on_host = false;
  /// Whether its values decide the shapes of others.
  bool is_shape_tensor = false;
  /// One per optimisation profile; inputs only.
  std::vector<ProfileShapes> profiles;
};

struct EngineDescription {
  std::string name;
  /// In the order of TensorRT's I/O tensor indices, which is the order of the bindings of execute().
  std::vector<TensorDescription> tensors;
  std::int32_t profile_count = 0;
  std::int32_t layer_count = 0;
  /// Scratch memory that each execution context takes on the device.
  std::int64_t device_memory_bytes = 0;
};

/// State of one inference. Not thread-safe. Calls that return bool report failure that way because they are
/// on the hot path; last_error() then has TensorRT's own words. All others throw jetson_vla::Error.
class ExecutionContext {
 public:
  virtual ~ExecutionContext() = default;

  /// Enqueued on `stream`, which the caller synchronises before it sets shapes.
  virtual void set_profile(std::int32_t profile, CUstream_st* stream) = 0;
  virtual void set_input_shape(const std::string& name, const Shape& shape) = 0;
  /// A device address, 256-byte aligned; a host address for a tensor that is on_host.
  virtual void set_address(const std::string& name, void* address) = 0;
  /// Throws INVALID_ARGUMENT naming the inputs that still have no shape.
  virtual void infer_shapes() = 0;
  /// Resolved once every input has a shape; −1 for dimensions that depend on data.
  virtual Shape shape(const std::string& name) const = 0;
  /// Upper bound in bytes for the output, for the shapes that are set now.
  virtual std::int64_t max_output_bytes(const std::string& name) const = 0;

  virtual bool enqueue(CUstream_st* stream) noexcept = 0;
  /// Synchronous. `bindings` has one address per I/O tensor, in the order of EngineDescription::tensors.
  virtual bool execute(void* const* bindings) noexcept = 0;
  /// TensorRT's last error line of this thread's last failed call; "TensorRT gave no reason" when it logged
  /// none.
  virtual std::string last_error() const = 0;
};

/// Thread-safe for const calls and create_context(). Outlived by its Runtime.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual const EngineDescription& description() const noexcept = 0;
  virtual std::unique_ptr<ExecutionContext> create_context() = 0;
  /// TensorRT's own JSON about the layers.
  virtual std::string inspect() const = 0;
};

struct DeserialisedEngine {
  std::unique_ptr<Engine> engine;
  /// What TensorRT warned of on the way, one line each.
  std::vector<std::string> warnings;
};

/// Where a build stands: `step` of `steps` in `phase`; phases nest.
struct BuildProgress {
  std::string phase;
  std::string parent;
  std::int32_t step = 0;
  std::int32_t steps = 0;
};

struct BuildProfileInput {
  std::string name;
  ProfileShapes shapes;
};

struct BuildOptions {
  bool fp16 = false;
  bool bf16 = false;
  bool int8 = false;
  bool fp8 = false;
  bool tf32 = true;
  /// TensorRT takes every type from the ONNX file; the only way in 11, possible from 10 on.
  bool strongly_typed = false;
  /// TensorRT's own default when absent.
  std::optional<std::size_t> workspace_bytes;
  /// 0 … 5; TensorRT's own default when absent.
  std::optional<std::int32_t> optimisation_level;
  bool version_compatible = false;
  bool hardware_compatible = false;
  /// One list per optimisation profile.
  std::vector<std::vector<BuildProfileInput>> profiles;
  /// Serialised timing cache, or empty.
  std::vector<std::uint8_t> timing_cache;
};

struct BuildResult {
  std::vector<std::uint8_t> engine;
  std::vector<std::uint8_t> timing_cache;
  std::vector<std::string> warnings;
};

/// Called from TensorRT's own threads; returning false cancels the build.
using ProgressSink = std::function<bool(const BuildProgress&)>;

/// Whether an engine may bring code that runs on the CPU: a version-compatible one carries TensorRT's lean
/// runtime.
enum class HostCode { kRefuse, kAllow };

/// Outlives its engines.
class Runtime {
 public:
  virtual ~Runtime() = default;
  /// The bytes may go once this returns. Throws ENGINE_CORRUPT, ENGINE_VERSION_MISMATCH,
  /// ENGINE_DEVICE_MISMATCH, OUT_OF_DEVICE_MEMORY or TENSORRT_FAILED, each with TensorRT's last error line.
  virtual DeserialisedEngine deserialise(const void* data, std::size_t size, HostCode host_code) = 0;
};

/// TensorRT itself: one per process, never destroyed, thread-safe.
class Backend {
 public:
  virtual ~Backend() = default;
  /// The caller has made a CUDA context current.
  virtual std::unique_ptr<Runtime> create_runtime() = 0;
  /// Blocks for as long as the build takes. Throws ENGINE_BUILD_FAILED with the parser's node and operator or
  /// TensorRT's last error line, ABORTED when the sink cancelled it, INVALID_ARGUMENT for options that this
  /// major does not have, TENSORRT_NOT_FOUND without an ONNX parser library.
  virtual BuildResult build(const std::string& onnx_file, const BuildOptions& options,
                            const ProgressSink& progress) = 0;
};

/// The libraries that a backend calls, open for the rest of the process.
struct BackendLibraries {
  void* nvinfer = nullptr;
  /// May be null: only build() needs it.
  void* onnx_parser = nullptr;
  /// major × 10000 + minor × 100 + patch, of the library itself, whichever scheme it reports in.
  std::int32_t nvinfer_version = 0;
};

/// What a backend's shared object exports as `jetson_vla_tensorrt_backend`.
struct BackendModule {
  std::int32_t abi;
  /// Of the headers that it was compiled with; major × 10000 + minor × 100 + patch.
  std::int32_t headers_version;
  /// Whether those were the project's stand-in headers. Such a backend must never drive a real library.
  bool standin;
  /// Never returns null; throws TENSORRT_FAILED.
  Backend* (*create)(const BackendLibraries& libraries);
};

using BackendModuleFunction = const BackendModule* (*)();

}  // namespace jetson_vla::tensorrt
