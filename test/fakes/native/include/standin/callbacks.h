#pragma once

// Interfaces that the user of TensorRT implements. Their virtual tables differ between majors: several gained
// a versioned base class, IErrorRecorder in 10 and ILogger in 11.
#include "../cuda_runtime_api.h"
#include "types.h"

namespace nvinfer1 {

#if NV_TENSORRT_MAJOR >= 10
enum class APILanguage : std::int32_t { kCPP = 0, kPYTHON = 1 };

class InterfaceInfo {
 public:
  const AsciiChar* kind;
  std::int32_t major;
  std::int32_t minor;
};

class IVersionedInterface {
 public:
  virtual APILanguage getAPILanguage() const noexcept { return APILanguage::kCPP; }
  virtual InterfaceInfo getInterfaceInfo() const noexcept = 0;
  virtual ~IVersionedInterface() noexcept = default;

 protected:
  IVersionedInterface() = default;
  IVersionedInterface(const IVersionedInterface&) = default;
  IVersionedInterface& operator=(const IVersionedInterface&) & = default;
};

#define STANDIN_VERSIONED(name, major)                       \
  InterfaceInfo getInterfaceInfo() const noexcept override { \
    return InterfaceInfo{name, major, 0};                    \
  }
#endif

#if NV_TENSORRT_MAJOR >= 11
class ILogger : public IVersionedInterface {
 public:
  STANDIN_VERSIONED("ILogger", 1)
  ~ILogger() override = default;
#else
class ILogger {
 public:
  virtual ~ILogger() = default;
#endif
  enum class Severity : std::int32_t {
    kINTERNAL_ERROR = 0,
    kERROR = 1,
    kWARNING = 2,
    kINFO = 3,
    kVERBOSE = 4,
  };
  virtual void log(Severity severity, const AsciiChar* message) noexcept = 0;
};

#if NV_TENSORRT_MAJOR >= 10
class IErrorRecorder : public IVersionedInterface {
 public:
  STANDIN_VERSIONED("IErrorRecorder", 1)
  ~IErrorRecorder() noexcept override = default;
#else
class IErrorRecorder {
 public:
  virtual ~IErrorRecorder() noexcept = default;
#endif
  using ErrorDesc = const char*;
  using RefCount = std::int32_t;
  static constexpr std::size_t kMAX_DESC_LENGTH{127U};

  virtual std::int32_t getNbErrors() const noexcept = 0;
  virtual ErrorCode getErrorCode(std::int32_t index) const noexcept = 0;
  virtual ErrorDesc getErrorDesc(std::int32_t index) const noexcept = 0;
  virtual bool hasOverflowed() const noexcept = 0;
  virtual void clear() noexcept = 0;
  virtual bool reportError(ErrorCode code, ErrorDesc description) noexcept = 0;
  virtual RefCount incRefCount() noexcept = 0;
  virtual RefCount decRefCount() noexcept = 0;
};

class IProfiler {
 public:
  virtual void reportLayerTime(const char* layer, float milliseconds) noexcept = 0;
  virtual ~IProfiler() noexcept = default;
};

#if NV_TENSORRT_MAJOR >= 10
class IProgressMonitor : public IVersionedInterface {
 public:
  STANDIN_VERSIONED("IProgressMonitor", 1)
  virtual void phaseStart(const char* phase, const char* parent, std::int32_t steps) noexcept = 0;
  virtual bool stepComplete(const char* phase, std::int32_t step) noexcept = 0;
  virtual void phaseFinish(const char* phase) noexcept = 0;
};
#endif

#if NV_TENSORRT_MAJOR == 10
class IStreamReader : public IVersionedInterface {
 public:
  STANDIN_VERSIONED("IStreamReader", 1)
  virtual std::int64_t read(void* destination, std::int64_t bytes) = 0;
};
#endif

#if STANDIN_TENSORRT >= 100700
enum class SeekPosition : std::int32_t { kSET = 0, kCUR = 1, kEND = 2 };

class IStreamReaderV2 : public IVersionedInterface {
 public:
  STANDIN_VERSIONED("IStreamReaderV2", 1)
  virtual std::int64_t read(void* destination, std::int64_t bytes, cudaStream_t stream) noexcept = 0;
  virtual bool seek(std::int64_t offset, SeekPosition where) noexcept = 0;
};
#endif

#undef STANDIN_VERSIONED

}  // namespace nvinfer1
