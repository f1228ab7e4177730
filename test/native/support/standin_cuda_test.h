#pragma once

#include <gtest/gtest.h>

#include "native/support/standin_driver.h"

namespace jetson_vla::test {

inline constexpr std::size_t kBytes = 64;
inline constexpr unsigned char kFresh = 0xCD;
inline constexpr unsigned char kFreed = 0xDD;

/// A context, a stream, and one block each of device and of mapped pinned memory.
class StandinCudaTest : public testing::Test {
 protected:
  void SetUp() override {
    cuda.reset(1);
    ASSERT_EQ(cuda.init(0), kSuccess);
    ASSERT_EQ(cuda.retain(&context, 0), kSuccess);
    ASSERT_EQ(cuda.set_current(context), kSuccess);
    ASSERT_EQ(cuda.stream_create(&stream, kStreamNonBlocking), kSuccess);
    ASSERT_EQ(cuda.alloc(&device, kBytes), kSuccess);
    ASSERT_EQ(cuda.host_alloc(&pinned, kBytes, kHostAllocDeviceMap), kSuccess);
    host = static_cast<unsigned char*>(pinned);
  }
  void TearDown() override {
    cuda.set_current(nullptr);
    cuda.reset(1);
  }
  long count(const char* key) { return counter(cuda.counters(), key); }

  StandinDriver cuda;
  Context context = nullptr;
  StreamHandle stream = nullptr;
  DevicePointer device = 0;
  void* pinned = nullptr;
  unsigned char* host = nullptr;
};

}  // namespace jetson_vla::test
