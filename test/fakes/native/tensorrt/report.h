#pragma once

#include <NvInfer.h>

#include <atomic>
#include <string>

#include "../cuda/entry.h"

namespace standin::tensorrt {

/// Where an object tells of errors: the logger that its factory got, and the error recorder that was set on
/// it or on what it came from.
class Reporter {
 public:
  explicit Reporter(nvinfer1::ILogger* logger) : logger_(logger), recorder_(nullptr) {}
  Reporter(const Reporter& other) : logger_(other.logger_), recorder_(other.recorder()) {
    if (auto* shared = recorder()) shared->incRefCount();
  }
  Reporter& operator=(const Reporter&) = delete;
  ~Reporter() { set_recorder(nullptr); }

  void set_recorder(nvinfer1::IErrorRecorder* recorder);
  nvinfer1::IErrorRecorder* recorder() const { return recorder_.load(); }

  /// Logs an error in the shape that this major gives it, such as
  /// "IRuntime::deserializeCudaEngine: Error Code 1: Serialization (…)". `function` is "Class::method".
  void error(const char* function, nvinfer1::ErrorCode code, const std::string& text) const;
  void log(nvinfer1::ILogger::Severity severity, const std::string& text) const;

  /// True, with an error logged, if a test asked for this call of `function` to fail.
  bool told_to_fail(const char* function, int fault) const;

 private:
  nvinfer1::ILogger* const logger_;
  std::atomic<nvinfer1::IErrorRecorder*> recorder_;
};

}  // namespace standin::tensorrt

/// First line of every method that a test may let fail.
#define STANDIN_METHOD(reporter, name, failure)                       \
  do {                                                                \
    static ::standin::cuda::Entry entry(name);                        \
    if ((reporter).told_to_fail(name, entry.enter())) return failure; \
  } while (false)
