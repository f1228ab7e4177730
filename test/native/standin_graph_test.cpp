#include "native/support/standin_cuda_test.h"

namespace jetson_vla::test {
namespace {

class StandinGraphTest : public StandinCudaTest {
 protected:
  /// A graph of one copy from `device` to `host`.
  void capture_copy(GraphHandle* graph) {
    ASSERT_EQ(cuda.begin_capture(stream, kCaptureModeThreadLocal), kSuccess);
    ASSERT_EQ(cuda.to_host(host, device, kBytes, stream), kSuccess);
    ASSERT_EQ(cuda.end_capture(stream, graph), kSuccess);
  }
};

TEST_F(StandinGraphTest, AGraphRunsItsWorkWithEveryLaunchAndOnlyThen) {
  GraphHandle graph = nullptr;
  GraphExecHandle exec = nullptr;
  capture_copy(&graph);
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_EQ(host[0], kFresh);
  ASSERT_EQ(cuda.instantiate(&exec, graph, 0), kSuccess);
  EXPECT_EQ(cuda.graph_destroy(graph), kSuccess);
  for (const unsigned char value : {1, 2}) {
    cuda.memset(device, value, kBytes, stream);
    EXPECT_EQ(cuda.launch(exec, stream), kSuccess);
    EXPECT_EQ(cuda.synchronize(stream), kSuccess);
    EXPECT_EQ(host[0], value);
  }
  EXPECT_EQ(count("graphExecs"), 1);
  EXPECT_EQ(cuda.graph_exec_destroy(exec), kSuccess);
  EXPECT_EQ(cuda.launch(exec, stream), kInvalidHandle);
}

TEST_F(StandinGraphTest, ALaunchAfterTheMemoryWentIsAnIllegalAccess) {
  GraphHandle graph = nullptr;
  GraphExecHandle exec = nullptr;
  capture_copy(&graph);
  ASSERT_EQ(cuda.instantiate(&exec, graph, 0), kSuccess);
  cuda.free(device);
  EXPECT_EQ(cuda.launch(exec, stream), kSuccess);
  EXPECT_EQ(cuda.synchronize(stream), kIllegalAddress);
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
}

TEST_F(StandinGraphTest, ACaptureIsSpoiledByWaitingAndByAllocating) {
  for (const bool wait : {true, false}) {
    ASSERT_EQ(cuda.begin_capture(stream, kCaptureModeThreadLocal), kSuccess);
    DevicePointer more = 0;
    EXPECT_EQ(wait ? cuda.synchronize(stream) : cuda.alloc(&more, 1), kStreamCaptureUnsupported);
    auto graph = reinterpret_cast<GraphHandle>(this);
    EXPECT_EQ(cuda.end_capture(stream, &graph), kStreamCaptureInvalidated);
    EXPECT_EQ(graph, nullptr);
  }
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
}

}  // namespace
}  // namespace jetson_vla::test
