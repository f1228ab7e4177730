#pragma once

#include <string>
#include <vector>

#include "engine_file.h"

namespace standin::tensorrt {

/// One I/O tensor at execution: its bytes on the host, in the shape that is set.
struct Bound {
  const TensorSpec* spec = nullptr;
  Extents shape;
  unsigned char* data = nullptr;
};

/// Runs the engine's function, with its delays. Returns what went wrong, or nothing.
std::string evaluate(const EngineSpec& engine, const std::vector<Bound>& tensors);

}  // namespace standin::tensorrt
