// Runs sessions on the real CUDA driver, without TensorRT: buffers, streams, events, graphs, both kinds of
// memory, two threads at once, leaks. Prints one line per check and the latencies; exit code 1 when a check
// fails.
//
//   check_gpu [libcuda.so.1]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "cuda/device.h"
#include "error.h"
#include "loopback.h"
#include "tensorrt/session.h"

namespace {

using namespace jetson_vla;
using tensorrt::MemoryMode;
using tensorrt::Session;
using tensorrt::SessionOptions;

/// As many float32 values as an image of 224 × 224 pixels has.
constexpr std::int64_t kValues = 224 * 224 * 3;
constexpr int kInferences = 2000;
constexpr int kCycles = 200;
/// Other programs may use the GPU meanwhile; a leak of kCycles sessions would be hundreds of times as large.
constexpr std::size_t kLeakToleranceBytes = 8u << 20;

struct Case {
  const char* name;
  MemoryMode memory;
  bool graph;
  cuda::Event::Wait wait;
  cuda::Stream::Priority priority;
};

using Wait = cuda::Event::Wait;
using Priority = cuda::Stream::Priority;
constexpr Case kCases[] = {
    {"staged, graph, blocking", MemoryMode::kStaged, true, Wait::kBlock, Priority::kNormal},
    {"staged, graph, spinning, high priority", MemoryMode::kStaged, true, Wait::kSpin, Priority::kHigh},
    {"staged, no graph, blocking", MemoryMode::kStaged, false, Wait::kBlock, Priority::kNormal},
    {"mapped, graph, blocking", MemoryMode::kMapped, true, Wait::kBlock, Priority::kNormal},
    {"mapped, graph, spinning", MemoryMode::kMapped, true, Wait::kSpin, Priority::kNormal},
    {"mapped, no graph, blocking", MemoryMode::kMapped, false, Wait::kBlock, Priority::kNormal},
};

int failures = 0;

void check(bool passed, const std::string& what) {
  std::printf("%s  %s\n", passed ? "ok  " : "FAIL", what.c_str());
  if (!passed) ++failures;
}

float* values(const Session& session, std::size_t tensor) {
  return reinterpret_cast<float*>(session.tensors()[tensor]->view()->data());
}

/// Whether one inference of `count` values brings back what was put in.
bool echoes(Session& session, std::int64_t count, float seed, const std::function<void()>& run) {
  tensorrt::Shape shape;
  shape.rank = 1;
  shape.dims[0] = count;
  session.set_input_shape(*session.tensors()[0], shape);
  session.infer_shapes();
  for (std::int64_t at = 0; at < count; ++at) values(session, 0)[at] = seed + static_cast<float>(at);
  std::fill_n(values(session, 1), count, -1.0F);
  run();
  return std::equal(values(session, 0), values(session, 0) + count, values(session, 1));
}

SessionOptions options_of(const Case& variant) {
  SessionOptions options;
  options.memory = variant.memory;
  options.graph = variant.graph;
  options.wait = variant.wait;
  options.priority = variant.priority;
  return options;
}

void check_case(const cuda::Driver& driver, const std::string& file, const Case& variant) {
  const std::string name = variant.name;
  gpu::LoopbackBackend backend(driver, kValues, true);
  Session session(backend, driver, file, options_of(variant));
  bool right = true;
  for (int round = 0; round < 20; ++round)
    right = echoes(session, kValues, static_cast<float>(round), [&] { session.enqueue(); }) && right;
  check(right, name + ": enqueue brings the right values back, 20 times");
  right = true;
  for (const std::int64_t count : {1L, 1000L, static_cast<long>(kValues), 7L, 7L, 7L})
    right = echoes(session, count, 0.5F, [&] { session.enqueue(); }) && right;
  check(right, name + ": also when the shape changes");
  right = echoes(session, 1000, 3.0F, [&] { session.execute(); });
  right = echoes(session, 1000, 4.0F, [&] { session.enqueue(); }) && right;
  check(right, name + ": execute and enqueue take turns");
  check(session.take_warnings().empty(), name + ": without a warning");

  std::vector<double> microseconds;
  for (int run = 0; run < kInferences; ++run) {
    const auto started = std::chrono::steady_clock::now();
    session.enqueue();
    microseconds.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - started).count());
  }
  std::sort(microseconds.begin(), microseconds.end());
  std::printf("      %s: 1000 values, p50 %.1f us, p99 %.1f us\n", variant.name,
              microseconds[microseconds.size() / 2], microseconds[microseconds.size() * 99 / 100]);
}

void check_uncapturable(const cuda::Driver& driver, const std::string& file) {
  gpu::LoopbackBackend backend(driver, kValues, false);
  SessionOptions options;
  options.memory = MemoryMode::kStaged;
  Session session(backend, driver, file, options);
  bool right = true;
  for (int round = 0; round < 5; ++round)
    right = echoes(session, 100, static_cast<float>(round), [&] { session.enqueue(); }) && right;
  check(right, "an engine that cannot be captured runs without a graph");
  const std::vector<std::string> warnings = session.take_warnings();
  check(warnings.size() == 1, "and one warning says why: " + (warnings.empty() ? "none" : warnings[0]));
}

void check_threads(const cuda::Driver& driver, const std::string& file) {
  bool right[2] = {true, true};
  std::vector<std::thread> threads;
  for (bool& outcome : right)
    threads.emplace_back([&driver, &file, &outcome] {
      gpu::LoopbackBackend backend(driver, kValues, true);
      Session session(backend, driver, file, SessionOptions());
      for (int round = 0; round < 200; ++round)
        outcome =
            echoes(session, 1 + round * 7, static_cast<float>(round), [&] { session.enqueue(); }) && outcome;
    });
  for (std::thread& thread : threads) thread.join();
  check(right[0] && right[1], "two sessions on two threads do not disturb each other");
}

/// Free bytes on the device.
std::size_t free_memory(const cuda::Driver& driver) {
  const auto context = cuda::Context::retain(driver, 0);
  const cuda::CurrentContext current(*context);
  std::size_t free = 0;
  std::size_t total = 0;
  driver.check(driver.mem_get_info(&free, &total), "cuMemGetInfo");
  return free;
}

void check_leaks(const cuda::Driver& driver, const std::string& file) {
  const auto keep_context = cuda::Context::retain(driver, 0);
  gpu::LoopbackBackend backend(driver, kValues, true);
  const auto cycle = [&] {
    Session session(backend, driver, file, SessionOptions());
    for (int run = 0; run < 3; ++run) session.enqueue();
  };
  cycle();
  const std::size_t before = free_memory(driver);
  for (int round = 0; round < kCycles; ++round) cycle();
  const std::size_t after = free_memory(driver);
  check(after + kLeakToleranceBytes >= before,
        std::to_string(kCycles) + " sessions leave no memory behind: " + std::to_string(before >> 20) +
            " MiB free before, " + std::to_string(after >> 20) + " MiB after");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const cuda::Driver& driver = cuda::Driver::open(argc > 1 ? argv[1] : "libcuda.so.1");
    const cuda::DeviceInfo device = cuda::describe_device(driver, 0);
    std::printf("%s, compute %d.%d, %zu MiB, %s, CUDA driver %d\n", device.name.c_str(),
                device.capability_major, device.capability_minor, device.total_memory_bytes >> 20,
                device.integrated ? "integrated" : "discrete", driver.version());
    // The loopback does not read it, but a session maps its engine file.
    const std::string file = "loopback.engine";
    std::ofstream(file) << "loopback";
    for (const Case& variant : kCases) check_case(driver, file, variant);
    check_uncapturable(driver, file);
    check_threads(driver, file);
    check_leaks(driver, file);
    std::remove(file.c_str());
  } catch (const Error& error) {
    check(false, std::string(code_name(error.code())) + ": " + error.what());
  }
  std::printf("%s\n", failures == 0 ? "all checks passed" : "some checks failed");
  return failures == 0 ? 0 : 1;
}
