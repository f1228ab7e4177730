#include "describe_engine.h"

#include "read_options.h"

namespace jetson_vla::binding {
namespace {

const char* dtype_name(tensorrt::ElementType type) {
  using tensorrt::ElementType;
  switch (type) {
    case ElementType::kFloat32:
      return "float32";
    case ElementType::kFloat16:
      return "float16";
    case ElementType::kBFloat16:
      return "bfloat16";
    case ElementType::kInt8:
      return "int8";
    case ElementType::kUInt8:
      return "uint8";
    case ElementType::kInt32:
      return "int32";
    case ElementType::kInt64:
      return "int64";
    case ElementType::kBool:
      return "bool";
    case ElementType::kOther:
      break;
  }
  return "other";
}

Napi::Array describe_profiles(Napi::Env env, const tensorrt::TensorDescription& tensor) {
  Napi::Array profiles = Napi::Array::New(env, tensor.profiles.size());
  for (std::uint32_t at = 0; at < tensor.profiles.size(); ++at) {
    Napi::Object profile = Napi::Object::New(env);
    profile.Set("min", to_js(env, tensor.profiles[at].min));
    profile.Set("opt", to_js(env, tensor.profiles[at].opt));
    profile.Set("max", to_js(env, tensor.profiles[at].max));
    profiles.Set(at, profile);
  }
  return profiles;
}

}  // namespace

Napi::Object describe_tensor(Napi::Env env, const tensorrt::TensorDescription& tensor) {
  Napi::Object described = Napi::Object::New(env);
  described.Set("name", tensor.name);
  described.Set("mode", tensor.is_input ? "input" : "output");
  described.Set("dtype", dtype_name(tensor.type));
  described.Set("shape", to_js(env, tensor.shape));
  described.Set("format", tensor.format);
  described.Set("location", tensor.on_host ? "host" : "device");
  described.Set("profiles", describe_profiles(env, tensor));
  return described;
}

Napi::Object describe_engine(Napi::Env env, const tensorrt::Session& session) {
  const tensorrt::EngineDescription& engine = session.description();
  Napi::Array tensors = Napi::Array::New(env, session.tensors().size());
  std::uint32_t at = 0;
  for (const std::unique_ptr<tensorrt::IoTensor>& tensor : session.tensors()) {
    Napi::Object described = describe_tensor(env, tensor->description());
    described.Set("viewDtype", dtype_name(tensor->view_type()));
    tensors.Set(at++, described);
  }
  Napi::Object described = Napi::Object::New(env);
  described.Set("name", engine.name);
  described.Set("tensors", tensors);
  described.Set("profileCount", Napi::Number::New(env, engine.profile_count));
  described.Set("layerCount", Napi::Number::New(env, engine.layer_count));
  described.Set("deviceMemoryBytes", Napi::Number::New(env, static_cast<double>(engine.device_memory_bytes)));
  described.Set("memory", session.is_mapped() ? "mapped" : "staged");
  return described;
}

}  // namespace jetson_vla::binding
