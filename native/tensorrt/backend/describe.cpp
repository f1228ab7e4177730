#include "describe.h"

#include "types.h"

namespace jetson_vla::tensorrt {
namespace {

std::string copy_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

std::int64_t device_memory_bytes([[maybe_unused]] const TensorRt& tensorrt,
                                 const nvinfer1::ICudaEngine& engine) {
#if NV_TENSORRT_MAJOR >= 11
  return engine.getDeviceMemorySizeV2();
#elif NV_TENSORRT_MAJOR == 10
  constexpr std::int32_t kWithV2 = 100100;
  if (tensorrt.is_at_least(kWithV2)) return engine.getDeviceMemorySizeV2();
  return static_cast<std::int64_t>(engine.getDeviceMemorySize());
#else
  return static_cast<std::int64_t>(engine.getDeviceMemorySize());
#endif
}

ProfileShapes profile_shapes(const nvinfer1::ICudaEngine& engine, const char* name, std::int32_t profile) {
  const std::string what = "input \"" + std::string(name) + "\" in profile " + std::to_string(profile);
  const auto shape = [&](nvinfer1::OptProfileSelector select) {
    return to_shape(engine.getProfileShape(name, profile, select), what);
  };
  return {shape(nvinfer1::OptProfileSelector::kMIN), shape(nvinfer1::OptProfileSelector::kOPT),
          shape(nvinfer1::OptProfileSelector::kMAX)};
}

TensorDescription describe_tensor(const nvinfer1::ICudaEngine& engine, const char* name,
                                  std::int32_t profile_count) {
  TensorDescription tensor;
  tensor.name = name;
  tensor.is_input = engine.getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT;
  const nvinfer1::DataType type = engine.getTensorDataType(name);
  tensor.type = to_element_type(type);
  tensor.type_name = type_name(type);
  tensor.shape = to_shape(engine.getTensorShape(name), "\"" + tensor.name + "\"");
  tensor.format = copy_or_empty(engine.getTensorFormatDesc(name));
  tensor.is_linear = engine.getTensorFormat(name) == nvinfer1::TensorFormat::kLINEAR;
  tensor.on_host = engine.getTensorLocation(name) == nvinfer1::TensorLocation::kHOST;
  tensor.is_shape_tensor = engine.isShapeInferenceIO(name);
  if (tensor.is_input)
    for (std::int32_t profile = 0; profile < profile_count; ++profile)
      tensor.profiles.push_back(profile_shapes(engine, name, profile));
  return tensor;
}

}  // namespace

EngineDescription describe(const TensorRt& tensorrt, const nvinfer1::ICudaEngine& engine) {
  EngineDescription description;
  description.name = copy_or_empty(engine.getName());
  description.profile_count = engine.getNbOptimizationProfiles();
  description.layer_count = engine.getNbLayers();
  description.device_memory_bytes = device_memory_bytes(tensorrt, engine);
  const std::int32_t count = engine.getNbIOTensors();
  for (std::int32_t i = 0; i < count; ++i)
    description.tensors.push_back(
        describe_tensor(engine, engine.getIOTensorName(i), description.profile_count));
  return description;
}

}  // namespace jetson_vla::tensorrt
