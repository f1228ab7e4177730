#include <algorithm>
#include <string>
#include <utility>

#include "cuda_link.h"
#include "objects.h"

namespace standin::tensorrt {
namespace {

constexpr auto kApi = "IRuntime::deserializeCudaEngine";

std::string version_text(std::uint32_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

std::string sm_text(int sm) {
  return std::to_string(sm / 10) + "." + std::to_string(sm % 10);
}

class Runtime final : public nvinfer1::IRuntime {
 public:
  explicit Runtime(nvinfer1::ILogger& logger) : reporter_(&logger) {}

  void setDLACore(std::int32_t) noexcept override {}
  std::int32_t getNbDLACores() const noexcept override { return 0; }
  void setErrorRecorder(nvinfer1::IErrorRecorder* recorder) noexcept override {
    reporter_.set_recorder(recorder);
  }
  nvinfer1::IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
  bool setMaxThreads(std::int32_t threads) noexcept override {
    if (threads < 1) return false;
    threads_ = threads;
    return true;
  }
  std::int32_t getMaxThreads() const noexcept override { return threads_; }

  nvinfer1::ICudaEngine* deserializeCudaEngine(const void* blob, std::size_t size) noexcept override {
    STANDIN_METHOD(reporter_, kApi, nullptr);
    if (blob == nullptr || size == 0) {
      reporter_.error(kApi, nvinfer1::ErrorCode::kINVALID_ARGUMENT,
                      "Parameter check failed, condition: size > 0");
      return nullptr;
    }
    if (const int cuda = cuda::status()) return fail("CUDA failure with error: " + std::to_string(cuda));
    auto spec = std::make_shared<EngineSpec>();
    const ReadError error = read_engine(blob, size, kLibraryVersion, *spec);
    if (error != ReadError::kNone) return fail(reason(error, *spec));
    if (!runs_here(*spec)) return nullptr;
    return make_engine(std::move(spec), reporter_, living_.alive());
  }

#if STANDIN_TENSORRT >= 80600
  void setEngineHostCodeAllowed(bool allowed) noexcept override {
    host_code_allowed_ = allowed;
  }
  bool getEngineHostCodeAllowed() const noexcept override {
    return host_code_allowed_;
  }
#endif
#if NV_TENSORRT_MAJOR == 10
  nvinfer1::ICudaEngine* deserializeCudaEngine(nvinfer1::IStreamReader& reader) override {
    return from_stream([&](void* target, std::int64_t size) { return reader.read(target, size); });
  }
#endif
#if STANDIN_TENSORRT >= 100700
  nvinfer1::ICudaEngine* deserializeCudaEngine(nvinfer1::IStreamReaderV2& reader) override {
    return from_stream([&](void* target, std::int64_t size) { return reader.read(target, size, nullptr); });
  }
#endif

 private:
  template <class Read>
  nvinfer1::ICudaEngine* from_stream(const Read& read) noexcept {
    std::vector<char> bytes;
    char chunk[4096];
    for (std::int64_t got = 0; (got = read(chunk, sizeof chunk)) > 0;)
      bytes.insert(bytes.end(), chunk, chunk + got);
    return deserializeCudaEngine(bytes.data(), bytes.size());
  }

  nvinfer1::ICudaEngine* fail(const std::string& why) const {
    reporter_.error(kApi, nvinfer1::ErrorCode::kUNSPECIFIED_ERROR, why);
    // The older releases add a line that says less than the one before it.
    if (NV_TENSORRT_MAJOR < 10) {
      reporter_.error(kApi, nvinfer1::ErrorCode::kINVALID_CONFIG, "Engine deserialization failed.");
    }
    return nullptr;
  }

  static std::string reason(ReadError error, const EngineSpec& spec) {
    switch (error) {
      case ReadError::kMagic:
        return "Serialization assertion magicTagRead == kMAGIC_TAG failed.Magic tag does not match";
      case ReadError::kVersion:
        return "Serialization assertion stdVersionRead == kSERIALIZATION_VERSION failed.Version tag does not "
               "match. Note: Current Version: " +
               std::to_string(kLibraryVersion) +
               ", Serialized Engine Version: " + std::to_string(spec.version);
      case ReadError::kTruncated:
        return "Serialization assertion sizeRead <= blobSize failed.The plan is truncated";
      default:
        return "Serialization assertion checksumRead == checksum failed.The plan is damaged";
    }
  }

  bool runs_here(const EngineSpec& spec) const {
    const int here = cuda::sm();
    const int built = static_cast<int>(spec.sm);
    const bool portable = (spec.flags & kHardwareCompatible) != 0 && built >= 80 && here >= 80;
    if (here != built && !portable) {
      reporter_.log(nvinfer1::ILogger::Severity::kERROR,
                    "IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is "
                    "generated on an incompatible device, expecting compute " +
                        sm_text(here) + " got compute " + sm_text(built) + ", please rebuild.)");
      return false;
    }
    if (here != built) {
      reporter_.log(nvinfer1::ILogger::Severity::kWARNING,
                    "the engine was built on a GPU of compute capability " + sm_text(built) +
                        " and may be slower on this one");
    }
    if ((spec.flags & kHostCode) != 0 && !host_code_allowed_) {
      fail("The engine of version " + version_text(spec.version) +
           " is version-compatible and holds host code, which setEngineHostCodeAllowed must allow");
      return false;
    }
    // What real engines of these releases cannot hold either.
    const bool known = std::all_of(spec.tensors.begin(), spec.tensors.end(), [](const TensorSpec& tensor) {
      return NV_TENSORRT_MAJOR >= 10 || (tensor.type != Element::kInt64 && tensor.type != Element::kBFloat16);
    });
    if (!known) fail("The plan has a tensor type that this release does not know");
    return known;
  }

  Reporter reporter_;
  std::int32_t threads_ = 1;
  bool host_code_allowed_ = false;
  const Living living_{"runtimes"};
};

}  // namespace

nvinfer1::IRuntime* make_runtime(nvinfer1::ILogger& logger) {
  return new Runtime(logger);
}

const TensorSpec* find_tensor(const EngineSpec& spec, const char* name) {
  if (name == nullptr) return nullptr;
  const auto found = std::find_if(spec.tensors.begin(), spec.tensors.end(),
                                  [&](const TensorSpec& tensor) { return tensor.name == name; });
  return found == spec.tensors.end() ? nullptr : &*found;
}

}  // namespace standin::tensorrt
