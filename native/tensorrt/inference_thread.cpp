#include "inference_thread.h"

#include <utility>

namespace jetson_vla::tensorrt {

InferenceThread::InferenceThread(std::function<void()> work)
    : work_(std::move(work)), thread_([this] { run(); }) {}

InferenceThread::~InferenceThread() noexcept {
  give(Order::kStop);
  thread_.join();
}

void InferenceThread::start() {
  give(Order::kWork);
}

void InferenceThread::give(Order order) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    order_ = order;
  }
  changed_.notify_one();
}

void InferenceThread::run() noexcept {
  for (;;) {
    Order order = Order::kWait;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return order_ != Order::kWait; });
      order = std::exchange(order_, Order::kWait);
    }
    if (order == Order::kStop) return;
    work_();
  }
}

}  // namespace jetson_vla::tensorrt
