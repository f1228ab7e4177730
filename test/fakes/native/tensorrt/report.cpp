#include "report.h"

namespace standin::tensorrt {
namespace {

const char* code_name(nvinfer1::ErrorCode code) {
  switch (code) {
    case nvinfer1::ErrorCode::kUNSPECIFIED_ERROR:
      return "Serialization";
    case nvinfer1::ErrorCode::kINTERNAL_ERROR:
      return "OutOfMemory";
    case nvinfer1::ErrorCode::kINVALID_ARGUMENT:
      return "API Usage Error";
    case nvinfer1::ErrorCode::kFAILED_EXECUTION:
    case nvinfer1::ErrorCode::kFAILED_COMPUTATION:
      return "Cuda Runtime";
    default:
      return "Internal Error";
  }
}

}  // namespace

void Reporter::set_recorder(nvinfer1::IErrorRecorder* recorder) {
  if (recorder) recorder->incRefCount();
  if (auto* previous = recorder_.exchange(recorder)) previous->decRefCount();
}

void Reporter::error(const char* function, nvinfer1::ErrorCode code, const std::string& text) const {
  const std::string number = std::to_string(static_cast<int>(code));
  const std::string body = "Error Code " + number + ": " + code_name(code) + " (" + text + ")";
#if NV_TENSORRT_MAJOR < 10
  const std::string line = number + ": [" + function + "] " + body;
#else
  const std::string line = std::string(function) + ": " + body;
#endif
  log(nvinfer1::ILogger::Severity::kERROR, line);
  if (auto* recorder = recorder_.load()) recorder->reportError(code, line.c_str());
}

void Reporter::log(nvinfer1::ILogger::Severity severity, const std::string& text) const {
  if (logger_) logger_->log(severity, text.c_str());
}

bool Reporter::told_to_fail(const char* function, int fault) const {
  if (fault == 0) return false;
  error(function, nvinfer1::ErrorCode::kFAILED_EXECUTION, "a test let this call fail");
  return true;
}

}  // namespace standin::tensorrt
