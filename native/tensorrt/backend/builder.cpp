#include "builder.h"

#include "../../error.h"
#include "../build_options.h"
#include "../engine_error.h"
#include "builder_config.h"
#include "parser.h"
#include "progress.h"

namespace jetson_vla::tensorrt {
namespace {

constexpr const char* kInstallBuilder =
    "The lean and dispatch runtimes only run engines. Install the full TensorRT library, libnvinfer.so; on a "
    "Jetson: sudo apt install nvidia-jetpack";

std::vector<std::uint8_t> copy_bytes(const nvinfer1::IHostMemory& memory) {
  const auto* bytes = static_cast<const std::uint8_t*>(memory.data());
  return {bytes, bytes + memory.size()};
}

template <typename T>
std::unique_ptr<T> created(TensorRt& tensorrt, const LogMark& mark, T* object, const char* what) {
  if (object == nullptr)
    throw build_error(tensorrt.name() + " cannot create a " + what,
                      tensorrt.logger.errors_since(mark, LogThreads::kAll));
  return std::unique_ptr<T>(object);
}

[[noreturn]] void aborted(const std::string& onnx_file) {
  throw Error(ErrorCode::kAborted, "building an engine from " + onnx_file + " was cancelled");
}

std::unique_ptr<nvinfer1::IHostMemory> build_with_progress(nvinfer1::IBuilder& builder,
                                                           nvinfer1::INetworkDefinition& network,
                                                           nvinfer1::IBuilderConfig& config,
                                                           Progress& progress) {
#if NV_TENSORRT_MAJOR >= 10
  config.setProgressMonitor(&progress);
  std::unique_ptr<nvinfer1::IHostMemory> engine(builder.buildSerializedNetwork(network, config));
  config.setProgressMonitor(nullptr);
#else
  // 8.x builds in one piece, which cannot be cancelled.
  progress.report({"Building engine", "", 0, 1});
  if (progress.is_cancelled()) return nullptr;
  std::unique_ptr<nvinfer1::IHostMemory> engine(builder.buildSerializedNetwork(network, config));
  if (engine) progress.report({"Building engine", "", 1, 1});
#endif
  return engine;
}

}  // namespace

BuildResult build_engine(TensorRt& tensorrt, const std::string& onnx_file, const BuildOptions& options,
                         const ProgressSink& sink) {
  check_build_options(options, tensorrt.libraries.nvinfer_version);
  const LogMark mark = tensorrt.logger.mark();
  const auto builder = created(tensorrt, mark,
                               static_cast<nvinfer1::IBuilder*>(
                                   create_object(tensorrt, "createInferBuilder_INTERNAL", kInstallBuilder)),
                               "builder");
  const auto network =
      created(tensorrt, mark, builder->createNetworkV2(network_flags(tensorrt, options)), "network");
  const OnnxParser parser(tensorrt, *network, onnx_file);

  BuildResult result;
  // Destroyed after the config, which refers to it.
  std::unique_ptr<nvinfer1::ITimingCache> cache;
  const auto config = created(tensorrt, mark, builder->createBuilderConfig(), "builder configuration");
  apply_options(tensorrt, *config, options);
  add_profiles(tensorrt, *builder, *config, options);
  cache = attach_timing_cache(*config, options.timing_cache, result.warnings);

  Progress progress(sink);
  const auto engine = build_with_progress(*builder, *network, *config, progress);
  if (progress.is_cancelled()) aborted(onnx_file);
  if (!engine || engine->size() == 0)
    throw build_error(tensorrt.name() + " cannot build an engine from " + onnx_file,
                      tensorrt.logger.errors_since(mark, LogThreads::kAll));
  result.engine = copy_bytes(*engine);
  if (cache) {
    const std::unique_ptr<nvinfer1::IHostMemory> bytes(cache->serialize());
    if (bytes) result.timing_cache = copy_bytes(*bytes);
  }
  for (std::string& line : tensorrt.logger.warnings_since(mark, LogThreads::kAll))
    result.warnings.push_back(std::move(line));
  return result;
}

}  // namespace jetson_vla::tensorrt
