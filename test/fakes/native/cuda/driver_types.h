#pragma once

// The driver's own names and numbers, as far as the stand-in uses them. No cuda.h is needed.
#include <cstddef>
#include <cstdint>

extern "C" {
struct CUctx_st;
struct CUstream_st;
struct CUevent_st;
struct CUgraph_st;
struct CUgraphExec_st;
}

namespace standin::cuda {

using Result = int;
using Device = int;
using DevicePointer = unsigned long long;
using Context = CUctx_st*;
using StreamHandle = CUstream_st*;
using EventHandle = CUevent_st*;
using GraphHandle = CUgraph_st*;
using GraphExecHandle = CUgraphExec_st*;

inline constexpr Result kSuccess = 0;
inline constexpr Result kInvalidValue = 1;
inline constexpr Result kOutOfMemory = 2;
inline constexpr Result kNotInitialized = 3;
inline constexpr Result kNoDevice = 100;
inline constexpr Result kInvalidDevice = 101;
inline constexpr Result kInvalidContext = 201;
inline constexpr Result kInvalidHandle = 400;
inline constexpr Result kIllegalState = 401;
inline constexpr Result kNotReady = 600;
inline constexpr Result kIllegalAddress = 700;
inline constexpr Result kContextIsDestroyed = 709;
inline constexpr Result kLaunchFailed = 719;
inline constexpr Result kStreamCaptureUnsupported = 900;
inline constexpr Result kStreamCaptureInvalidated = 901;
inline constexpr Result kStreamCaptureIsolation = 905;
inline constexpr Result kStreamCaptureImplicit = 906;
inline constexpr Result kCapturedEvent = 907;
inline constexpr Result kStreamCaptureWrongThread = 908;

inline constexpr unsigned kHostAllocDeviceMap = 2;
inline constexpr unsigned kStreamNonBlocking = 1;
inline constexpr unsigned kEventDisableTiming = 2;

inline constexpr int kCaptureModeGlobal = 0;
inline constexpr int kCaptureModeThreadLocal = 1;

}  // namespace standin::cuda

/// Every entry point is one of these: exported under the driver's name.
#define STANDIN_EXPORT extern "C" __attribute__((visibility("default")))
