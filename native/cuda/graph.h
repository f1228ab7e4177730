#pragma once

#include <memory>
#include <optional>
#include <string>

#include "stream.h"

namespace jetson_vla::cuda {

/// Work that was recorded once and is launched as a whole. Addresses and shapes are baked in.
class Graph {
 public:
  struct Captured {
    std::unique_ptr<Graph> graph;
    /// Why there is none.
    std::string failure;
  };

  /// Records what `enqueue` puts into the stream, without running it. `enqueue` returns whether it succeeded;
  /// on any failure the stream is out of capture mode again and as usable as before.
  template <typename Enqueue>
  static Captured capture(const Stream& stream, Enqueue&& enqueue) {
    if (std::string failure = begin(stream); !failure.empty()) return {nullptr, std::move(failure)};
    // Capture has to end whatever happened in between, or the stream stays unusable.
    const bool enqueued = enqueue();
    return end(stream, enqueued);
  }

  ~Graph() noexcept;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  Result launch(const Stream& stream) const noexcept;

 private:
  Graph(const Driver& driver, GraphExecHandle exec) noexcept : driver_(driver), exec_(exec) {}
  static std::string begin(const Stream& stream);
  static Captured end(const Stream& stream, bool enqueued);

  const Driver& driver_;
  GraphExecHandle exec_;
};

}  // namespace jetson_vla::cuda
