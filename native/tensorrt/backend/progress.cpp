#include "progress.h"

namespace jetson_vla::tensorrt {

void Progress::report(const BuildProgress& progress) noexcept {
  if (!sink_ || cancelled_) return;
  try {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!cancelled_ && !sink_(progress)) cancelled_ = true;
  } catch (...) {
    cancelled_ = true;
  }
}

#if NV_TENSORRT_MAJOR >= 10
void Progress::phaseStart(const char* phase, const char* parent, std::int32_t steps) noexcept {
  try {
    BuildProgress progress{phase, parent == nullptr ? "" : parent, 0, steps};
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      phases_[progress.phase] = progress;
    }
    report(progress);
  } catch (...) {
    cancelled_ = true;
  }
}

bool Progress::stepComplete(const char* phase, std::int32_t step) noexcept {
  try {
    BuildProgress progress;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      BuildProgress& known = phases_[phase];
      known.phase = phase;
      // TensorRT counts the steps that are done from 0.
      known.step = step + 1;
      progress = known;
    }
    report(progress);
  } catch (...) {
    cancelled_ = true;
  }
  return !cancelled_;
}

void Progress::phaseFinish(const char* phase) noexcept {
  try {
    BuildProgress progress;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto known = phases_.find(phase);
      if (known == phases_.end()) return;
      progress = known->second;
      phases_.erase(known);
    }
    if (progress.step == progress.steps) return;
    progress.step = progress.steps;
    report(progress);
  } catch (...) {
    cancelled_ = true;
  }
}
#endif

}  // namespace jetson_vla::tensorrt
