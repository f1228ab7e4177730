// Stream capture and graphs.
#include <utility>

#include "driver.h"
#include "entry.h"

using namespace standin::cuda;

namespace {

template <class Handle>
std::shared_ptr<Graph> find_graph(Driver& d, const std::map<Handle, std::shared_ptr<Graph>>& graphs,
                                  Handle handle) {
  const auto found = graphs.find(handle);
  if (found != graphs.end()) return found->second;
  ++d.violations.stale_handle;
  return nullptr;
}

}  // namespace

STANDIN_EXPORT Result cuStreamIsCapturing(StreamHandle handle, int* status) {
  STANDIN_ENTER("cuStreamIsCapturing");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  *status = static_cast<int>(stream->capture);
  return kSuccess;
}

STANDIN_EXPORT Result cuStreamBeginCapture_v2(StreamHandle handle, int mode) {
  STANDIN_ENTER("cuStreamBeginCapture_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (handle == nullptr) return kStreamCaptureUnsupported;
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  if (mode < 0 || mode > 2) return kInvalidValue;
  if (stream->capture != CaptureState::kNone) return kIllegalState;
  stream->capture = CaptureState::kActive;
  stream->capture_mode = mode;
  stream->capture_thread = std::this_thread::get_id();
  return kSuccess;
}

STANDIN_EXPORT Result cuStreamEndCapture(StreamHandle handle, GraphHandle* graph) {
  STANDIN_ENTER("cuStreamEndCapture");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (!graph) return kInvalidValue;
  *graph = nullptr;
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  if (stream->capture == CaptureState::kNone) return kIllegalState;
  if (stream->capture_mode <= kCaptureModeThreadLocal &&
      stream->capture_thread != std::this_thread::get_id()) {
    return kStreamCaptureWrongThread;
  }
  Graph captured = std::exchange(stream->captured, {});
  const CaptureState state = std::exchange(stream->capture, CaptureState::kNone);
  if (state == CaptureState::kInvalidated) return kStreamCaptureInvalidated;
  *graph = d.new_handle<GraphHandle>();
  d.graphs[*graph] = std::make_shared<Graph>(std::move(captured));
  return kSuccess;
}

STANDIN_EXPORT Result cuGraphInstantiateWithFlags(GraphExecHandle* exec, GraphHandle handle,
                                                  unsigned long long) {
  STANDIN_ENTER("cuGraphInstantiateWithFlags");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (!exec) return kInvalidValue;
  const auto graph = find_graph(d, d.graphs, handle);
  if (!graph) return kInvalidHandle;
  *exec = d.new_handle<GraphExecHandle>();
  d.graph_execs[*exec] = graph;
  return kSuccess;
}

STANDIN_EXPORT Result cuGraphLaunch(GraphExecHandle handle, StreamHandle stream) {
  STANDIN_ENTER("cuGraphLaunch");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto graph = find_graph(d, d.graph_execs, handle);
  if (!graph) return kInvalidHandle;
  return enqueue(
      d, stream,
      [graph] {
        for (const Operation& operation : graph->operations) {
          if (const Result failed = operation()) return failed;
        }
        return kSuccess;
      },
      graph->touched);
}

STANDIN_EXPORT Result cuGraphExecDestroy(GraphExecHandle handle) {
  static Entry entry("cuGraphExecDestroy");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    const Lock lock(d.mutex);
    if (const Result bad = require_context(d)) return bad;
    if (!find_graph(d, d.graph_execs, handle)) return kInvalidHandle;
    d.graph_execs.erase(handle);
    return kSuccess;
  });
}

STANDIN_EXPORT Result cuGraphDestroy(GraphHandle handle) {
  static Entry entry("cuGraphDestroy");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    const Lock lock(d.mutex);
    if (const Result bad = require_context(d)) return bad;
    if (!find_graph(d, d.graphs, handle)) return kInvalidHandle;
    d.graphs.erase(handle);
    return kSuccess;
  });
}
