#include "engine_build.h"

#include <utility>

#include "../cuda/device.h"
#include "../cuda/driver.h"
#include "../error.h"

namespace jetson_vla::tensorrt {

EngineBuild::EngineBuild(EngineBuildRequest request, std::function<void()> changed)
    : request_(std::move(request)), changed_(std::move(changed)), thread_([this] { run(); }) {}

EngineBuild::~EngineBuild() noexcept {
  stop();
}

void EngineBuild::run() noexcept {
  try {
    result_ = build();
  } catch (...) {
    failure_ = std::current_exception();
    staged_.reset();
  }
  done_ = true;
  changed_();
}

EngineBuildResult EngineBuild::build() {
  // First: some versions of TensorRT crash when CUDA is not initialised.
  const cuda::Driver& driver = cuda::Driver::open(request_.cuda);
  const auto context = cuda::Context::retain(driver, request_.device);
  const cuda::CurrentContext current(*context);
  Backend& backend = open_library(request_.libraries).backend();

  BuildResult built =
      backend.build(request_.onnx_file, request_.options, [this](const BuildProgress& progress) {
        progress_.push(progress);
        changed_();
        return !cancelled_.load();
      });
  require_wanted();
  EngineBuildResult result;
  result.timing_cache = std::move(built.timing_cache);
  result.warnings = std::move(built.warnings);
  {
    // An engine that cannot be read back must not replace one that can.
    const auto runtime = backend.create_runtime();
    DeserialisedEngine read =
        runtime->deserialise(built.engine.data(), built.engine.size(), HostCode::kAllow);
    result.engine = read.engine->description();
    for (std::string& warning : read.warnings) result.warnings.push_back(std::move(warning));
  }
  require_wanted();
  staged_ = std::make_unique<StagedFile>(request_.staged_file);
  staged_->write(built.engine.data(), built.engine.size());
  require_wanted();
  return result;
}

void EngineBuild::require_wanted() const {
  if (cancelled_)
    throw Error(ErrorCode::kAborted, "building an engine from " + request_.onnx_file + " was cancelled");
}

EngineBuildResult EngineBuild::take_result() {
  // It may still be on its way out of changed_().
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  return std::move(result_);
}

void EngineBuild::publish(const std::string& path, const std::string& passport) {
  const std::unique_ptr<StagedFile> staged = is_done() ? std::move(staged_) : nullptr;
  if (!staged) throw Error(ErrorCode::kDisposed, "this build has no engine to publish");
  publish_with_passport(*staged, path, passport);
}

void EngineBuild::stop() noexcept {
  cancel();
  if (thread_.joinable()) thread_.join();
  staged_.reset();
}

}  // namespace jetson_vla::tensorrt
