#include "builder.h"
#include "runtime.h"

namespace jetson_vla::tensorrt {
namespace {

#ifdef JETSON_VLA_STANDIN_HEADERS
constexpr bool kStandin = true;
// For the packaging check, which reads the file without loading it.
[[gnu::used]] const char kStandinMark[] = "jetson-vla:standin-headers";
#else
constexpr bool kStandin = false;
#endif

class NvBackend final : public Backend {
 public:
  explicit NvBackend(const BackendLibraries& libraries) : tensorrt_(libraries) {}

  std::unique_ptr<Runtime> create_runtime() override { return std::make_unique<NvRuntime>(tensorrt_); }

  BuildResult build(const std::string& onnx_file, const BuildOptions& options,
                    const ProgressSink& progress) override {
    return build_engine(tensorrt_, onnx_file, options, progress);
  }

 private:
  TensorRt tensorrt_;
};

Backend* create_backend(const BackendLibraries& libraries) {
  // Leaked: TensorRT's threads may outlive every static object.
  return std::make_unique<NvBackend>(libraries).release();
}

constexpr BackendModule kModule = {kBackendAbi, kHeadersVersion, kStandin, &create_backend};

}  // namespace
}  // namespace jetson_vla::tensorrt

extern "C" [[gnu::visibility("default")]] const jetson_vla::tensorrt::BackendModule*
jetson_vla_tensorrt_backend() {
  return &jetson_vla::tensorrt::kModule;
}
