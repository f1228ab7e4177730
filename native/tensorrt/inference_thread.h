#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace jetson_vla::tensorrt {

/// A thread that does one piece of work, again and again, each time that it is asked to.
class InferenceThread {
 public:
  /// `work` must not throw.
  explicit InferenceThread(std::function<void()> work);
  /// Waits for the work that is running.
  ~InferenceThread() noexcept;
  InferenceThread(const InferenceThread&) = delete;
  InferenceThread& operator=(const InferenceThread&) = delete;

  /// Has the work done once more. The caller waits for the result of one call before it makes the next.
  void start();

 private:
  enum class Order { kWait, kWork, kStop };

  void run() noexcept;
  void give(Order order);

  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Order order_ = Order::kWait;
  std::thread thread_;
};

}  // namespace jetson_vla::tensorrt
