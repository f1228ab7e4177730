#include "inference_thread.h"

#include <chrono>
#include <utility>

namespace jetson_vla::tensorrt {
namespace {

/// How long the thread stays awake for the next order: being woken takes longer than a small engine, and the
/// steps of one policy follow one another at once.
constexpr std::chrono::microseconds kAlert{50};

}  // namespace

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
    stay_alert();
    Order order = Order::kWait;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return order_ != Order::kWait; });
      order = order_.exchange(Order::kWait);
    }
    if (order == Order::kStop) return;
    work_();
  }
}

void InferenceThread::stay_alert() const noexcept {
  const auto until = std::chrono::steady_clock::now() + kAlert;
  while (order_ == Order::kWait && std::chrono::steady_clock::now() < until)
    // Where threads share a core, the one that has an order to give goes first.
    std::this_thread::yield();
}

}  // namespace jetson_vla::tensorrt
