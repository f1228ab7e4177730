#include "logger.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace jetson_vla::tensorrt {
namespace {

// A parser error may quote a whole weight tensor.
constexpr std::size_t kLongestLine = 4096;

std::string trimmed(const char* text) {
  std::size_t length = ::strnlen(text, kLongestLine);
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' ')) --length;
  return {text, length};
}

}  // namespace

Logger& Logger::instance() {
  static Logger& logger = *std::unique_ptr<Logger>(new Logger()).release();
  return logger;
}

void Logger::log(Severity severity, const nvinfer1::AsciiChar* message) noexcept {
  if (severity > Severity::kWARNING || message == nullptr) return;
  try {
    Line line{std::this_thread::get_id(), severity <= Severity::kERROR, trimmed(message)};
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_[next_ % kKept] = std::move(line);
    ++next_;
  } catch (...) {
    // Without memory for the line it is lost; TensorRT must not see an exception.
  }
}

LogMark Logger::mark() const noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {next_, std::this_thread::get_id()};
}

std::vector<std::string> Logger::errors_since(const LogMark& mark, LogThreads threads) const {
  return since(mark, threads, true);
}

std::vector<std::string> Logger::warnings_since(const LogMark& mark, LogThreads threads) const {
  return since(mark, threads, false);
}

std::vector<std::string> Logger::since(const LogMark& mark, LogThreads threads, bool errors) const {
  std::vector<std::string> texts;
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::uint64_t oldest = next_ > kKept ? next_ - kKept : 0;
  for (std::uint64_t i = std::max(mark.position, oldest); i < next_; ++i) {
    const Line& line = lines_[i % kKept];
    if (line.is_error == errors && (threads == LogThreads::kAll || line.thread == mark.thread))
      texts.push_back(line.text);
  }
  return texts;
}

}  // namespace jetson_vla::tensorrt
