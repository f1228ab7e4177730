#pragma once

#include <mutex>
#include <vector>

#include "backend.h"

namespace jetson_vla::tensorrt {

/// Progress on its way from TensorRT's threads to somebody slower. Holds at most two entries per phase, its
/// start and its newest step, so that it stays small however long nobody takes anything. Thread-safe.
class ProgressQueue {
 public:
  void push(const BuildProgress& progress);

  /// What came since the last call. A phase's start comes before all that is inside of it.
  std::vector<BuildProgress> take();

 private:
  std::mutex mutex_;
  std::vector<BuildProgress> pending_;
};

}  // namespace jetson_vla::tensorrt
