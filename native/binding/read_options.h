#pragma once

#include <napi.h>

#include <string>

#include "../tensorrt/backend.h"
#include "../tensorrt/session_options.h"

namespace jetson_vla::binding {

/// The TensorRTLibraries of lib/native/addon-types.ts.
struct LibraryOptions {
  std::string nvinfer;
  /// Empty when engines are only run.
  std::string onnx_parser;
  std::string cuda;
  std::string backend_directory;
  int device = 0;
};

/// All of these throw INVALID_ARGUMENT naming the property that is not what lib/native/addon-types.ts says.
LibraryOptions read_libraries(const Napi::Value& value);
tensorrt::SessionOptions read_session_options(const Napi::Object& options, int device);
std::string read_string(const Napi::Object& object, const char* property);
bool read_bool(const Napi::Object& object, const char* property);
tensorrt::Shape read_shape(const Napi::Value& value, const char* what);

Napi::Array to_js(Napi::Env env, const tensorrt::Shape& shape);

}  // namespace jetson_vla::binding
