#include "graph.h"

namespace jetson_vla::cuda {

std::string Graph::begin(const Stream& stream) {
  const Driver& driver = stream.context().driver();
  const Result result = driver.stream_begin_capture(stream.handle(), kCaptureThreadLocal);
  return result == kSuccess ? std::string() : "cuStreamBeginCapture failed with " + driver.describe(result);
}

Graph::Captured Graph::end(const Stream& stream, bool enqueued) {
  const Driver& driver = stream.context().driver();
  GraphHandle recorded = nullptr;
  const Result ended = driver.stream_end_capture(stream.handle(), &recorded);
  Captured captured;
  if (ended != kSuccess) {
    captured.failure = "cuStreamEndCapture failed with " + driver.describe(ended);
  } else if (!enqueued || recorded == nullptr) {
    captured.failure = "the work cannot be captured";
  } else {
    GraphExecHandle exec = nullptr;
    const Result made = driver.graph_instantiate(&exec, recorded, 0);
    if (made == kSuccess)
      captured.graph.reset(new Graph(driver, exec));
    else
      captured.failure = "cuGraphInstantiate failed with " + driver.describe(made);
  }
  if (recorded != nullptr) driver.graph_destroy(recorded);
  return captured;
}

Graph::~Graph() noexcept {
  driver_.graph_exec_destroy(exec_);
}

Result Graph::launch(const Stream& stream) const noexcept {
  return driver_.graph_launch(exec_, stream.handle());
}

}  // namespace jetson_vla::cuda
