#pragma once

#include <string>
#include <vector>

#include "engine_file.h"

namespace standin::tensorrt {

/// What one tensor of an execution context is bound to.
struct Slot {
  const TensorSpec* spec = nullptr;
  Extents shape;
  bool shape_set = false;
  void* address = nullptr;
};

/// All tensors of an execution context, in the engine's order. The engine outlives it.
class Slots {
 public:
  explicit Slots(const EngineSpec& engine);

  /// Back to the shapes as built.
  void reset_shapes();
  /// Null if no tensor has that name.
  Slot* find(const char* name);
  const Slot* find(const char* name) const;
  std::vector<Slot>& all() { return slots_; }
  const std::vector<Slot>& all() const { return slots_; }

  /// The first input without a shape; null if none.
  const Slot* first_missing() const;
  /// Why this shape is not allowed in this profile; empty if it is.
  std::string outside_profile(const Slot& slot, const Extents& shape, std::int32_t profile) const;
  /// An output's unknown extents follow the inputs: an echo's from its input, else the batch of the first
  /// input.
  Extents resolved(const Slot& slot) const;

 private:
  const EngineSpec& engine_;
  std::vector<Slot> slots_;
};

}  // namespace standin::tensorrt
