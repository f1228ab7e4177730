#pragma once

#include <cstddef>
#include <cstdint>

#include "../NvInferVersion.h"

namespace nvinfer1 {

using char_t = char;
using AsciiChar = char_t;

// A 64-bit extent arrived with TensorRT 10: the layout of Dims differs between majors.
#if NV_TENSORRT_MAJOR >= 10
using StandinExtent = std::int64_t;
#else
using StandinExtent = std::int32_t;
#endif

class Dims {
 public:
  static constexpr std::int32_t MAX_DIMS{8};
  std::int32_t nbDims;
  StandinExtent d[MAX_DIMS];
};
using Dims32 = Dims;
#if NV_TENSORRT_MAJOR >= 10
using Dims64 = Dims;
#endif

enum class DataType : std::int32_t {
  kFLOAT = 0,
  kHALF = 1,
  kINT8 = 2,
  kINT32 = 3,
  kBOOL = 4,
  kUINT8 = 5,
#if STANDIN_TENSORRT >= 80600
  kFP8 = 6,
#endif
#if NV_TENSORRT_MAJOR >= 10
  kBF16 = 7,
  kINT64 = 8,
  kINT4 = 9,
#endif
#if STANDIN_TENSORRT >= 100800
  kFP4 = 10,
#endif
#if STANDIN_TENSORRT >= 101200
  kE8M0 = 11,
#endif
};

enum class TensorFormat : std::int32_t {
  kLINEAR = 0,
  kCHW2 = 1,
  kHWC8 = 2,
  kCHW4 = 3,
  kCHW16 = 4,
  kCHW32 = 5,
  kHWC = 8,
};

enum class TensorIOMode : std::int32_t { kNONE = 0, kINPUT = 1, kOUTPUT = 2 };
enum class TensorLocation : std::int32_t { kDEVICE = 0, kHOST = 1 };
enum class OptProfileSelector : std::int32_t { kMIN = 0, kOPT = 1, kMAX = 2 };
enum class LayerInformationFormat : std::int32_t { kONELINE = 0, kJSON = 1 };
enum class ProfilingVerbosity : std::int32_t { kLAYER_NAMES_ONLY = 0, kNONE = 1, kDETAILED = 2 };
enum class DeviceType : std::int32_t { kGPU = 0, kDLA = 1 };

enum class ErrorCode : std::int32_t {
  kSUCCESS = 0,
  kUNSPECIFIED_ERROR = 1,
  kINTERNAL_ERROR = 2,
  kINVALID_ARGUMENT = 3,
  kINVALID_CONFIG = 4,
  kFAILED_ALLOCATION = 5,
  kFAILED_INITIALIZATION = 6,
  kFAILED_EXECUTION = 7,
  kFAILED_COMPUTATION = 8,
  kINVALID_STATE = 9,
  kUNSUPPORTED_STATE = 10,
};

enum class MemoryPoolType : std::int32_t {
  kWORKSPACE = 0,
  kDLA_MANAGED_SRAM = 1,
  kDLA_LOCAL_DRAM = 2,
  kDLA_GLOBAL_DRAM = 3,
#if STANDIN_TENSORRT >= 80600
  kTACTIC_DRAM = 4,
#endif
#if NV_TENSORRT_MAJOR >= 10
  kTACTIC_SHARED_MEMORY = 5,
#endif
};

#if STANDIN_TENSORRT >= 80600
enum class HardwareCompatibilityLevel : std::int32_t {
  kNONE = 0,
  kAMPERE_PLUS = 1,
#if STANDIN_TENSORRT >= 100900
  kSAME_COMPUTE_CAPABILITY = 2,
#endif
};
#endif

#if NV_TENSORRT_MAJOR >= 10
enum class ExecutionContextAllocationStrategy : std::int32_t {
  kSTATIC = 0,
  kON_PROFILE_CHANGE = 1,
  kUSER_MANAGED = 2,
};
#endif

/// Objects are deleted by their user and copied by nobody.
class INoCopy {
 public:
  INoCopy(const INoCopy&) = delete;
  INoCopy& operator=(const INoCopy&) = delete;
  virtual ~INoCopy() noexcept = default;

 protected:
  INoCopy() = default;
};

/// Bytes that TensorRT made, such as a serialised engine.
class IHostMemory : public INoCopy {
 public:
  virtual void* data() const noexcept = 0;
  virtual std::size_t size() const noexcept = 0;
  virtual DataType type() const noexcept = 0;
};

}  // namespace nvinfer1
