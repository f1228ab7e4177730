#pragma once

#include "../cuda/stream.h"
#include "io_tensor.h"

namespace jetson_vla::tensorrt {

enum class MemoryMode {
  /// Mapped where CPU and GPU share their memory, staged elsewhere.
  kAuto,
  /// TensorRT works on pinned host memory: no copies.
  kMapped,
  /// Device memory, with copies from and to pinned host memory.
  kStaged,
};

struct SessionOptions {
  /// CUDA device ordinal.
  int device = 0;
  /// Optimisation profile.
  int profile = 0;
  MemoryMode memory = MemoryMode::kAuto;
  /// Whether to capture and replay CUDA graphs.
  bool graph = true;
  cuda::Stream::Priority priority = cuda::Stream::Priority::kNormal;
  cuda::Event::Wait wait = cuda::Event::Wait::kBlock;
  HalfView half_view = HalfView::kBits;
  HostCode host_code = HostCode::kRefuse;
};

}  // namespace jetson_vla::tensorrt
