#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../cuda/graph.h"
#include "backend.h"
#include "io_tensor.h"
#include "session_options.h"

namespace jetson_vla::tensorrt {

/// A deserialised engine with everything that one inference at a time needs: execution context, stream,
/// buffers, graph. Made once; an inference allocates and binds nothing.
///
/// Not thread-safe: calls come one after the other, from whichever thread; each makes the CUDA context
/// current.
class Session {
 public:
  /// Reads and deserialises `file`. Takes seconds for a large engine.
  ///
  /// Throws BUNDLE_NOT_FOUND, ENGINE_CORRUPT, ENGINE_VERSION_MISMATCH, ENGINE_DEVICE_MISMATCH,
  /// TENSORRT_FAILED, CUDA_FAILED, OUT_OF_DEVICE_MEMORY, INVALID_ARGUMENT for options that the engine or
  /// device does not have, and UNSUPPORTED_POLICY for an engine with inputs or outputs that JavaScript cannot
  /// fill or read.
  Session(Backend& backend, const cuda::Driver& driver, const std::string& file,
          const SessionOptions& options);
  ~Session() noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const EngineDescription& description() const noexcept { return engine_->description(); }
  bool is_mapped() const noexcept { return mapped_; }
  /// In the order of EngineDescription::tensors. Inputs start with the profile's optimal shapes.
  const std::vector<std::unique_ptr<IoTensor>>& tensors() const noexcept { return tensors_; }
  std::string inspect() const;

  /// Takes effect, for the outputs too, when infer_shapes() is called, which execute() and enqueue() need.
  /// Throws INVALID_ARGUMENT for a shape outside the profile.
  void set_input_shape(IoTensor& tensor, const Shape& shape);
  void infer_shapes();

  /// Runs the engine with execute_v2, without the graph. Throws INFERENCE_FAILED.
  void execute();
  /// Runs the engine with enqueueV3 on the session's stream, or replays its graph, and waits for the results.
  /// Throws INFERENCE_FAILED.
  void enqueue();

  /// What was odd since the last call, such as an engine that cannot be captured.
  std::vector<std::string> take_warnings();

 private:
  void allocate(const SessionOptions& options);
  std::size_t output_capacity(const TensorDescription& tensor) const;
  void apply_shape(IoTensor& tensor, const Shape& shape);
  void capture();
  bool queue_all() noexcept;
  /// Waits until the stream is idle.
  bool drain() noexcept;
  bool queue_uploads() noexcept;
  bool queue_downloads() noexcept;
  void convert_inputs() const noexcept;
  void convert_outputs() const noexcept;
  void wait();
  void forget_graph() noexcept;
  /// After a call on the hot path has failed: leaves the stream idle and throws.
  [[noreturn]] void fail();
  void tear_down() noexcept;

  // tear_down() destroys them in reverse: the graph before the execution context that it replays, that before
  // the buffers that it is bound to, all of them before the engine, and the engine before its runtime.
  std::shared_ptr<const cuda::Context> context_;
  std::unique_ptr<Runtime> runtime_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<cuda::Stream> stream_;
  std::unique_ptr<cuda::Event> done_;
  std::vector<std::unique_ptr<IoTensor>> tensors_;
  std::unique_ptr<ExecutionContext> execution_;
  std::unique_ptr<cuda::Graph> graph_;

  /// Addresses for execute(), in binding order.
  std::vector<void*> bindings_;
  std::size_t profile_ = 0;
  bool mapped_ = false;
  bool use_graph_ = true;
  /// Whether the engine has run with these shapes: what it does on its first run cannot be captured.
  bool warm_ = false;
  bool shapes_known_ = false;
  cuda::Result queue_error_ = cuda::kSuccess;
  std::vector<std::string> warnings_;
};

}  // namespace jetson_vla::tensorrt
