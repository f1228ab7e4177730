#include "native/support/standin_cuda_test.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <thread>
#include <vector>

namespace jetson_vla::test {
namespace {

TEST_F(StandinCudaTest, NothingRunsBeforeSomebodySynchronises) {
  EXPECT_EQ(cuda.memset(device, 7, kBytes, stream), kSuccess);
  EXPECT_EQ(cuda.to_host(host, device, kBytes, stream), kSuccess);
  EXPECT_EQ(host[0], kFresh);
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_EQ(host[0], 7);
}

TEST_F(StandinCudaTest, PinnedSourcesAreReadWhenTheCopyRuns) {
  std::memset(host, 1, kBytes);
  EXPECT_EQ(cuda.to_device(device, host, kBytes, stream), kSuccess);
  std::memset(host, 2, kBytes);
  EXPECT_EQ(cuda.to_host(host + 1, device, 1, stream), kSuccess);
  host[1] = 9;
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_EQ(host[1], 2);
}

TEST_F(StandinCudaTest, PageableSourcesAreStagedAtTheCall) {
  std::array<unsigned char, kBytes> pageable{};
  EXPECT_EQ(cuda.to_device(device, pageable.data(), kBytes, stream), kSuccess);
  pageable.fill(5);
  EXPECT_EQ(cuda.to_host(host, device, kBytes, stream), kSuccess);
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_EQ(host[0], 0);
}

TEST_F(StandinCudaTest, AQueryRunsTheWorkStepByStep) {
  cuda.memset(device, 7, kBytes, stream);
  EXPECT_EQ(cuda.query(stream), kNotReady);
  EXPECT_EQ(cuda.query(stream), kSuccess);
}

TEST_F(StandinCudaTest, FreedMemoryIsPoisonedAndWritesToItAreNoticed) {
  EXPECT_EQ(cuda.host_free(host), kSuccess);
  EXPECT_EQ(host[3], kFreed);
  EXPECT_EQ(count("writtenAfterFree"), 0);
  host[3] = 1;
  EXPECT_EQ(count("writtenAfterFree"), 1);
}

TEST_F(StandinCudaTest, WrongPointersGetTheDriversError) {
  EXPECT_EQ(cuda.free(device), kSuccess);
  EXPECT_EQ(cuda.free(device), kInvalidValue);
  EXPECT_EQ(count("doubleFree"), 1);
  EXPECT_EQ(cuda.free(reinterpret_cast<DevicePointer>(host)), kInvalidValue);
  EXPECT_EQ(count("unknownPointer"), 1);
  EXPECT_EQ(cuda.memset(device, 0, 1, stream), kInvalidValue);
}

TEST_F(StandinCudaTest, CopiesBeyondTheAllocationAreRefused) {
  EXPECT_EQ(cuda.memset(device, 0, kBytes + 1, stream), kInvalidValue);
  EXPECT_EQ(cuda.memset(device + 1, 0, kBytes, stream), kInvalidValue);
}

TEST_F(StandinCudaTest, ADeviceAddressIsNoHostAddress) {
  EXPECT_EQ(cuda.to_host(host, reinterpret_cast<DevicePointer>(host), 1, stream), kInvalidValue);
  EXPECT_DEATH(*reinterpret_cast<volatile char*>(device) = 1, "");
}

TEST_F(StandinCudaTest, OnlyMappedMemoryHasADeviceAlias) {
  DevicePointer alias = 0;
  EXPECT_EQ(cuda.host_device_pointer(&alias, host, 0), kSuccess);
  EXPECT_EQ(cuda.memset(alias, 3, kBytes, stream), kSuccess);
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_EQ(host[0], 3);
  void* plain = nullptr;
  EXPECT_EQ(cuda.host_alloc(&plain, kBytes, 0), kSuccess);
  EXPECT_EQ(cuda.host_device_pointer(&alias, plain, 0), kInvalidValue);
}

TEST_F(StandinCudaTest, CallsNeedInitialisationAndAContextOfTheirThread) {
  Result elsewhere = kSuccess;
  std::thread([&] { elsewhere = cuda.synchronize(stream); }).join();
  EXPECT_EQ(elsewhere, kInvalidContext);
  EXPECT_EQ(count("noContext"), 1);
  cuda.reset(1);
  EXPECT_EQ(cuda.alloc(&device, kBytes), kNotInitialized);
}

TEST_F(StandinCudaTest, ObjectsThatOutliveTheContextAreNoticed) {
  EXPECT_EQ(cuda.release(0), kSuccess);
  EXPECT_EQ(count("objectsAtContextRelease"), 3);
  EXPECT_EQ(cuda.free(device), kContextIsDestroyed);
}

TEST_F(StandinCudaTest, CountsWhatLives) {
  EXPECT_EQ(count("deviceAllocations"), 1);
  EXPECT_EQ(count("deviceBytes"), static_cast<long>(kBytes));
  EXPECT_EQ(count("hostAllocations"), 1);
  EXPECT_EQ(count("streams"), 1);
  EXPECT_EQ(count("contexts"), 1);
  EXPECT_EQ(cuda.free(device), kSuccess);
  EXPECT_EQ(cuda.stream_destroy(stream), kSuccess);
  EXPECT_EQ(count("deviceAllocations"), 0);
  EXPECT_EQ(count("streams"), 0);
  EXPECT_EQ(cuda.stream_destroy(stream), kInvalidHandle);
  EXPECT_EQ(count("staleHandle"), 1);
}

TEST_F(StandinCudaTest, FreeingWaitsButIsNoticedWhenWorkWasQueued) {
  cuda.memset(device, 7, kBytes, stream);
  EXPECT_EQ(cuda.free(device), kSuccess);
  EXPECT_EQ(count("freedWhileQueued"), 1);
  EXPECT_EQ(cuda.query(stream), kSuccess);
}

TEST_F(StandinCudaTest, FreeingBesideWorkThatDoesNotUseTheMemoryIsNoMistake) {
  DevicePointer other = 0;
  ASSERT_EQ(cuda.alloc(&other, kBytes), kSuccess);
  cuda.memset(device, 7, kBytes, stream);
  EXPECT_EQ(cuda.free(other), kSuccess);
  EXPECT_EQ(count("freedWhileQueued"), 0);
  EXPECT_EQ(cuda.query(stream), kSuccess);
}

TEST_F(StandinCudaTest, EventsOrderStreamsAndMeasureTime) {
  StreamHandle other = nullptr;
  EventHandle start = nullptr;
  EventHandle end = nullptr;
  ASSERT_EQ(cuda.stream_create(&other, kStreamNonBlocking), kSuccess);
  ASSERT_EQ(cuda.event_create(&start, 0), kSuccess);
  ASSERT_EQ(cuda.event_create(&end, 0), kSuccess);
  float elapsed = -1;
  EXPECT_EQ(cuda.elapsed(&elapsed, start, end), kInvalidHandle);
  cuda.record(start, stream);
  cuda.memset(device, 9, kBytes, stream);
  cuda.record(end, stream);
  EXPECT_EQ(cuda.elapsed(&elapsed, start, end), kNotReady);
  EXPECT_EQ(cuda.wait_event(other, end, 0), kSuccess);
  cuda.to_host(host, device, kBytes, other);
  EXPECT_EQ(cuda.synchronize(other), kSuccess);
  EXPECT_EQ(host[0], 9);
  EXPECT_EQ(cuda.elapsed(&elapsed, start, end), kSuccess);
  EXPECT_GE(elapsed, 0);
}

TEST_F(StandinCudaTest, TheNthCallFailsOnce) {
  DevicePointer more = 0;
  cuda.fail("cuMemAlloc_v2", 2, kOutOfMemory);
  EXPECT_EQ(cuda.alloc(&more, 1), kSuccess);
  EXPECT_EQ(cuda.alloc(&more, 1), kOutOfMemory);
  EXPECT_EQ(cuda.alloc(&more, 1), kSuccess);
  cuda.fail("*", 3, kLaunchFailed);
  EXPECT_EQ(cuda.query(stream), kSuccess);
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_EQ(cuda.query(stream), kLaunchFailed);
  EXPECT_EQ(count("cuStreamQuery"), 2);
}

TEST_F(StandinCudaTest, TheDeviceIsWhatATestMakesIt) {
  EXPECT_TRUE(cuda.configure("totalMemory", "1048576"));
  EXPECT_EQ(cuda.alloc(&device, 2 << 20), kOutOfMemory);
  EXPECT_TRUE(cuda.configure("sm", "8.6"));
  int minor = 0;
  EXPECT_EQ(cuda.attribute(&minor, 76, 0), kSuccess);
  EXPECT_EQ(minor, 6);
  EXPECT_TRUE(cuda.configure("present", "0"));
  EXPECT_EQ(cuda.init(0), kNoDevice);
  EXPECT_FALSE(cuda.configure("colour", "red"));
}

TEST_F(StandinCudaTest, ManyThreadsMayUseIt) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      cuda.set_current(context);
      StreamHandle own = nullptr;
      DevicePointer memory = 0;
      std::array<unsigned char, kBytes> result{};
      cuda.stream_create(&own, kStreamNonBlocking);
      cuda.alloc(&memory, kBytes);
      for (int round = 0; round < 100; ++round) {
        cuda.memset(memory, static_cast<unsigned char>(round), kBytes, own);
        cuda.to_host(result.data(), memory, kBytes, own);
        EXPECT_EQ(cuda.synchronize(own), kSuccess);
        EXPECT_EQ(result[0], round);
        EXPECT_EQ(cuda.synchronize(stream), kSuccess);
      }
      cuda.stream_destroy(own);
      cuda.free(memory);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count("deviceAllocations"), 1);
}

}  // namespace
}  // namespace jetson_vla::test
