#include "inference_thread.h"

#include <chrono>
#include <utility>

namespace jetson_vla::tensorrt {
namespace {

/// How long the thread stays awake for the next order: being woken takes longer than a small engine, and the
/// steps of one policy follow one another at once.
constexpr std::chrono::microseconds kAlert{50};

/// Tells the processor that this is a waiting loop.
inline void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

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
  // Not std::this_thread::yield(): a neighbour on the same core would keep it for milliseconds.
  while (order_ == Order::kWait && std::chrono::steady_clock::now() < until) relax();
}

}  // namespace jetson_vla::tensorrt
