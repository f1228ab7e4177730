#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "nv.h"

namespace jetson_vla::tensorrt {

/// A point in the log: what came after it, from which thread.
struct LogMark {
  std::uint64_t position = 0;
  std::thread::id thread;
};

enum class LogThreads {
  /// The one that took the mark: other sessions' failures stay out.
  kMarked,
  /// For a build, which works on threads of TensorRT's own.
  kAll,
};

/// TensorRT's log, where it says why a call failed. Keeps the last warnings and errors; calls nobody, because
/// TensorRT logs from any thread and in the middle of anything.
///
/// There is no IErrorRecorder beside it: with one, TensorRT cuts its texts to 127 characters, often before
/// the part that tells what to do.
class Logger final : public nvinfer1::ILogger {
 public:
  /// The one of this process, never destroyed: TensorRT ignores a second one while anything made with the
  /// first lives, so that with one per backend the reasons of failures would end up in another one's.
  static Logger& instance();

  void log(Severity severity, const nvinfer1::AsciiChar* message) noexcept override;

  /// Cheap: taken before every inference.
  LogMark mark() const noexcept;
  /// Oldest first; at most the last kKept lines.
  std::vector<std::string> errors_since(const LogMark& mark, LogThreads threads = LogThreads::kMarked) const;
  std::vector<std::string> warnings_since(const LogMark& mark,
                                          LogThreads threads = LogThreads::kMarked) const;

 private:
  struct Line {
    std::thread::id thread;
    bool is_error = false;
    std::string text;
  };
  static constexpr std::size_t kKept = 256;

  Logger() = default;
  std::vector<std::string> since(const LogMark& mark, LogThreads threads, bool errors) const;

  mutable std::mutex mutex_;
  std::array<Line, kKept> lines_;
  std::uint64_t next_ = 0;
};

}  // namespace jetson_vla::tensorrt
