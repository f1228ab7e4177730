#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "../backend.h"
#include "nv.h"

namespace jetson_vla::tensorrt {

/// Hands the progress of one build to its sink, one call at a time, and remembers whether the sink wants it
/// to end. The sink may throw: that cancels too.
class Progress
#if NV_TENSORRT_MAJOR >= 10
    final : public nvinfer1::IProgressMonitor
#endif
{
 public:
  explicit Progress(const ProgressSink& sink) : sink_(sink) {}

#if NV_TENSORRT_MAJOR >= 10
  void phaseStart(const char* phase, const char* parent, std::int32_t steps) noexcept override;
  bool stepComplete(const char* phase, std::int32_t step) noexcept override;
  void phaseFinish(const char* phase) noexcept override;
#endif

  void report(const BuildProgress& progress) noexcept;
  bool is_cancelled() const noexcept {
    return cancelled_;
  }

 private:
  const ProgressSink& sink_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
#if NV_TENSORRT_MAJOR >= 10
  /// The phases that have started and not finished, by name.
  std::map<std::string, BuildProgress> phases_;
#endif
};

}  // namespace jetson_vla::tensorrt
