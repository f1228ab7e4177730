#pragma once

#include <napi.h>

#include <memory>

#include "../image/executor.h"

namespace jetson_vla::binding {

/// NativeImagePlan of lib/native/addon-types.ts: turns the camera frames of one geometry into tensors.
class ImagePlan : public Napi::ObjectWrap<ImagePlan> {
 public:
  static Napi::Function define(Napi::Env env);

  /// Takes the description of the plan; throws INVALID_ARGUMENT for one that is wrong or would touch foreign
  /// memory.
  explicit ImagePlan(const Napi::CallbackInfo& info);

 private:
  /// (frame: Uint8Array, tensor: Float32Array | Uint16Array | Uint8Array)
  void write(const Napi::CallbackInfo& info);

  std::unique_ptr<image::Executor> executor_;
};

/// Exports the class as `ImagePlan`.
void register_image_plan(Napi::Env env, Napi::Object exports);

}  // namespace jetson_vla::binding
