#include "slots.h"

#include <algorithm>

namespace standin::tensorrt {

Slots::Slots(const EngineSpec& engine) : engine_(engine) {
  for (const TensorSpec& tensor : engine_.tensors) slots_.push_back({&tensor, {}, false, nullptr});
  reset_shapes();
}

void Slots::reset_shapes() {
  for (Slot& slot : slots_) {
    slot.shape = slot.spec->shape;
    slot.shape_set = slot.spec->is_input && !is_dynamic(slot.shape);
  }
}

const Slot* Slots::find(const char* name) const {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
    return name != nullptr && slot.spec->name == name;
  });
  return found == slots_.end() ? nullptr : &*found;
}

Slot* Slots::find(const char* name) {
  const Slot* found = static_cast<const Slots&>(*this).find(name);
  return found == nullptr ? nullptr : &slots_[static_cast<std::size_t>(found - slots_.data())];
}

const Slot* Slots::first_missing() const {
  const auto found = std::find_if(slots_.begin(), slots_.end(),
                                  [](const Slot& slot) { return slot.spec->is_input && !slot.shape_set; });
  return found == slots_.end() ? nullptr : &*found;
}

std::string Slots::outside_profile(const Slot& slot, const Extents& shape, std::int32_t profile) const {
  const Extents& built = slot.spec->shape;
  const std::string what = "shape " + shape_text(shape) + " of " + slot.spec->name;
  if (shape.size() != built.size()) return what + " does not have rank " + std::to_string(built.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (built[i] >= 0 && shape[i] != built[i])
      return what + " differs from the engine's " + shape_text(built);
  }
  if (static_cast<std::size_t>(profile) >= slot.spec->profiles.size()) return {};
  const ShapeRange& range = slot.spec->profiles[static_cast<std::size_t>(profile)];
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < range.min[i] || shape[i] > range.max[i]) {
      return what + " is not in the range [" + shape_text(range.min) + ", " + shape_text(range.max) +
             "] of optimization profile " + std::to_string(profile);
    }
  }
  return {};
}

Extents Slots::resolved(const Slot& slot) const {
  if (slot.spec->is_input || !is_dynamic(slot.shape) || first_missing() != nullptr) return slot.shape;
  std::vector<const Slot*> inputs;
  std::size_t index = 0;
  for (const Slot& other : slots_) {
    if (other.spec->is_input) inputs.push_back(&other);
    if (!other.spec->is_input && &other < &slot) ++index;
  }
  if (inputs.empty()) return slot.shape;
  const bool mirrors = engine_.kind == Kind::kEcho || engine_.kind == Kind::kIncrement;
  const Extents& source = inputs[mirrors && index < inputs.size() ? index : 0]->shape;
  Extents shape = slot.shape;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0) shape[i] = i < source.size() && (mirrors || i == 0) ? source[i] : 1;
  }
  return shape;
}

}  // namespace standin::tensorrt
