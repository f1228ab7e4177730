#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backend.h"
#include "library.h"
#include "progress_queue.h"
#include "staged_file.h"

namespace jetson_vla::tensorrt {

struct EngineBuildRequest {
  std::string cuda;
  LibraryPaths libraries;
  int device = 0;
  std::string onnx_file;
  BuildOptions options;
  /// Where the engine is written before publish() names it: in the directory of its name, not there yet.
  std::string staged_file;
};

struct EngineBuildResult {
  /// As TensorRT describes the engine after reading it back.
  EngineDescription engine;
  std::vector<std::uint8_t> timing_cache;
  std::vector<std::string> warnings;
};

/// One build on a thread of its own: it takes minutes, for which no thread of a shared pool may be taken.
/// All but the callback belongs to one thread.
class EngineBuild {
 public:
  /// Starts. `changed` is called from other threads, when there is progress to take and once when the build
  /// is done; it must not throw, and not call this object.
  EngineBuild(EngineBuildRequest request, std::function<void()> changed);
  /// As stop().
  ~EngineBuild() noexcept;
  EngineBuild(const EngineBuild&) = delete;
  EngineBuild& operator=(const EngineBuild&) = delete;

  std::vector<BuildProgress> take_progress() { return progress_.take(); }
  bool is_done() const noexcept { return done_; }

  /// Ends the build at its next step, with ABORTED. TensorRT 8 has no steps: there it ends when it is
  /// through.
  void cancel() noexcept { cancelled_ = true; }

  /// Of a build that is done: afterwards it calls nobody any more. Throws what ended it.
  EngineBuildResult take_result();

  /// Names the engine of a build that is done, with `passport` in a file beside it. Throws
  /// ENGINE_BUILD_FAILED, and DISPOSED when there is no engine, or no longer.
  void publish(const std::string& path, const std::string& passport);

  /// Cancels, waits, and removes what was written and not published. Idempotent.
  void stop() noexcept;

 private:
  void run() noexcept;
  EngineBuildResult build();
  void require_wanted() const;

  const EngineBuildRequest request_;
  const std::function<void()> changed_;
  ProgressQueue progress_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> done_{false};
  /// Written by the thread before it is done.
  EngineBuildResult result_;
  std::exception_ptr failure_;
  std::unique_ptr<StagedFile> staged_;
  /// Last: it uses all the others.
  std::thread thread_;
};

}  // namespace jetson_vla::tensorrt
