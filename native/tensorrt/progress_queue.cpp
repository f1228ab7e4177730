#include "progress_queue.h"

#include <algorithm>
#include <utility>

namespace jetson_vla::tensorrt {

void ProgressQueue::push(const BuildProgress& progress) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // A start also supersedes an earlier run of the same phase; a step leaves the start, which others nest in.
  const auto superseded = [&](const BuildProgress& other) {
    return other.phase == progress.phase && (progress.step == 0 || other.step != 0);
  };
  pending_.erase(std::remove_if(pending_.begin(), pending_.end(), superseded), pending_.end());
  pending_.push_back(progress);
}

std::vector<BuildProgress> ProgressQueue::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(pending_, {});
}

}  // namespace jetson_vla::tensorrt
