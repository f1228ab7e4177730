#include "session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "../error.h"
#include "element_size.h"
#include "mapped_file.h"
#include "shape_check.h"

namespace jetson_vla::tensorrt {
namespace {

[[noreturn]] void unsupported(const TensorDescription& tensor, const std::string& what) {
  throw Error(ErrorCode::kUnsupportedPolicy, "\"" + tensor.name + "\" " + what,
              "Cast or reshape it inside the model before it is exported.");
}

void refuse_unsupported(const TensorDescription& tensor) {
  if (tensor.type == ElementType::kOther)
    unsupported(tensor, "has the element type " + tensor.type_name + ", which JavaScript cannot hold");
  if (!tensor.is_linear) unsupported(tensor, "is not laid out row by row, but as " + tensor.format);
  if (tensor.is_shape_tensor)
    unsupported(tensor, "is a shape tensor: the shapes of others depend on its values");
}

}  // namespace

Session::Session(Backend& backend, const cuda::Driver& driver, const std::string& file,
                 const SessionOptions& options)
    : context_(cuda::Context::retain(driver, options.device)), use_graph_(options.graph) {
  try {
    const cuda::CurrentContext current(*context_);
    const MappedFile plan(file);
    runtime_ = backend.create_runtime();
    DeserialisedEngine deserialised = runtime_->deserialise(plan.data(), plan.size(), options.host_code);
    engine_ = std::move(deserialised.engine);
    warnings_ = std::move(deserialised.warnings);
    for (const TensorDescription& tensor : description().tensors) refuse_unsupported(tensor);
    stream_ = std::make_unique<cuda::Stream>(context_, options.priority);
    done_ = std::make_unique<cuda::Event>(context_, options.wait);
    execution_ = engine_->create_context();
    check_profile(description(), options.profile);
    execution_->set_profile(options.profile, stream_->handle());
    stream_->synchronize();
    allocate(options);
  } catch (...) {
    // Members would be destroyed without a current CUDA context.
    tear_down();
    throw;
  }
}

Session::~Session() noexcept {
  tear_down();
}

void Session::tear_down() noexcept {
  const cuda::TeardownContext current(*context_);
  if (stream_) context_->driver().stream_synchronize(stream_->handle());
  graph_.reset();
  execution_.reset();
  tensors_.clear();
  done_.reset();
  stream_.reset();
  engine_.reset();
  runtime_.reset();
}

void Session::allocate(const SessionOptions& options) {
  const cuda::DeviceInfo& device = context_->device();
  const bool can_map = device.can_map_host_memory;
  if (options.memory == MemoryMode::kMapped && !can_map)
    throw Error(ErrorCode::kInvalidArgument, "memory: this device cannot map host memory",
                "Leave the option memory out.");
  mapped_ = options.memory == MemoryMode::kMapped ||
            (options.memory == MemoryMode::kAuto && device.integrated && can_map);

  const std::vector<TensorDescription>& descriptions = description().tensors;
  const auto profile = static_cast<std::size_t>(options.profile);
  for (const TensorDescription& tensor : descriptions)
    if (tensor.is_input) execution_->set_input_shape(tensor.name, largest_shape(tensor, profile));
  execution_->infer_shapes();
  for (const TensorDescription& tensor : descriptions) {
    const std::size_t bytes = tensor.is_input
                                  ? element_count(largest_shape(tensor, profile)) * element_size(tensor.type)
                                  : output_capacity(tensor);
    tensors_.push_back(std::make_unique<IoTensor>(context_, tensor, bytes, mapped_, options.half_view));
    IoTensor& io = *tensors_.back();
    bindings_.push_back(io.address());
    execution_->set_address(tensor.name, io.address());
  }
  profile_ = profile;
  for (const std::unique_ptr<IoTensor>& tensor : tensors_)
    if (tensor->description().is_input) apply_shape(*tensor, typical_shape(tensor->description(), profile));
  infer_shapes();
}

std::size_t Session::output_capacity(const TensorDescription& tensor) const {
  const Shape shape = execution_->shape(tensor.name);
  if (!is_resolved(shape)) unsupported(tensor, "has a shape that depends on the data");
  const auto bytes = static_cast<std::int64_t>(element_count(shape) * element_size(tensor.type));
  return static_cast<std::size_t>(std::max(bytes, execution_->max_output_bytes(tensor.name)));
}

std::string Session::inspect() const {
  const cuda::CurrentContext current(*context_);
  return engine_->inspect();
}

void Session::set_input_shape(IoTensor& tensor, const Shape& shape) {
  const TensorDescription& description = tensor.description();
  if (!description.is_input)
    throw Error(ErrorCode::kInvalidArgument,
                "\"" + description.name + "\" is an output: its shape follows from the inputs");
  if (same_shape(shape, tensor.shape())) return;
  check_shape(description, profile_, shape);
  const cuda::CurrentContext current(*context_);
  apply_shape(tensor, shape);
}

void Session::apply_shape(IoTensor& tensor, const Shape& shape) {
  // Both are void until infer_shapes() has seen the new shape, even if TensorRT refuses it.
  shapes_known_ = false;
  forget_graph();
  execution_->set_input_shape(tensor.description().name, shape);
  tensor.set_shape(shape);
}

void Session::infer_shapes() {
  if (shapes_known_) return;
  const cuda::CurrentContext current(*context_);
  execution_->infer_shapes();
  for (const std::unique_ptr<IoTensor>& tensor : tensors_) {
    const TensorDescription& description = tensor->description();
    if (!description.is_input) tensor->set_shape(execution_->shape(description.name));
  }
  shapes_known_ = true;
}

void Session::execute() {
  const cuda::CurrentContext current(*context_);
  infer_shapes();
  convert_inputs();
  if (!mapped_ && !(queue_uploads() && drain())) fail();
  if (!execution_->execute(bindings_.data())) fail();
  if (!mapped_ && !(queue_downloads() && drain())) fail();
  convert_outputs();
}

void Session::enqueue() {
  const cuda::CurrentContext current(*context_);
  infer_shapes();
  convert_inputs();
  if (use_graph_ && warm_ && !graph_) capture();
  if (graph_) {
    queue_error_ = graph_->launch(*stream_);
    if (queue_error_ != cuda::kSuccess) fail();
  } else if (!queue_all()) {
    fail();
  }
  wait();
  warm_ = true;
  convert_outputs();
}

void Session::capture() {
  bool refused = false;
  cuda::Graph::Captured captured = cuda::Graph::capture(*stream_, [&] {
    const bool queued = queue_all();
    refused = !queued && queue_error_ == cuda::kSuccess;
    return queued;
  });
  graph_ = std::move(captured.graph);
  if (graph_) return;
  use_graph_ = false;
  queue_error_ = cuda::kSuccess;
  const std::string words = refused ? "; TensorRT: " + execution_->last_error() : std::string();
  warnings_.push_back("runs without a CUDA graph: " + captured.failure + words);
}

bool Session::queue_all() noexcept {
  return queue_uploads() && execution_->enqueue(stream_->handle()) && queue_downloads();
}

bool Session::drain() noexcept {
  queue_error_ = context_->driver().stream_synchronize(stream_->handle());
  return queue_error_ == cuda::kSuccess;
}

bool Session::queue_uploads() noexcept {
  for (const std::unique_ptr<IoTensor>& tensor : tensors_)
    if (tensor->description().is_input && queue_error_ == cuda::kSuccess)
      queue_error_ = tensor->queue_upload(*stream_);
  return queue_error_ == cuda::kSuccess;
}

bool Session::queue_downloads() noexcept {
  for (const std::unique_ptr<IoTensor>& tensor : tensors_)
    if (!tensor->description().is_input && queue_error_ == cuda::kSuccess)
      queue_error_ = tensor->queue_download(*stream_);
  return queue_error_ == cuda::kSuccess;
}

void Session::convert_inputs() const noexcept {
  for (const std::unique_ptr<IoTensor>& tensor : tensors_)
    if (tensor->description().is_input) tensor->convert_from_view();
}

void Session::convert_outputs() const noexcept {
  for (const std::unique_ptr<IoTensor>& tensor : tensors_)
    if (!tensor->description().is_input) tensor->convert_to_view();
}

void Session::wait() {
  try {
    done_->wait_for(*stream_);
  } catch (const Error& error) {
    const std::string device = error.what();
    // TensorRT takes no part when its graph is replayed.
    const std::string words = graph_ ? std::string() : "; TensorRT: " + execution_->last_error();
    // It may be the waiting that failed, and the inference still works on the buffers.
    context_->driver().stream_synchronize(stream_->handle());
    forget_graph();
    throw Error(ErrorCode::kInferenceFailed, "the inference failed on the device: " + device + words);
  }
}

void Session::fail() {
  const cuda::Driver& driver = context_->driver();
  const cuda::Result result = std::exchange(queue_error_, cuda::kSuccess);
  const std::string reason =
      result == cuda::kSuccess ? "TensorRT: " + execution_->last_error() : "CUDA: " + driver.describe(result);
  // What was queued before the failure still works on the buffers.
  driver.stream_synchronize(stream_->handle());
  forget_graph();
  throw Error(ErrorCode::kInferenceFailed, reason);
}

void Session::forget_graph() noexcept {
  graph_.reset();
  warm_ = false;
}

std::vector<std::string> Session::take_warnings() {
  return std::exchange(warnings_, {});
}

}  // namespace jetson_vla::tensorrt
