#include "tensorrt/progress_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace jetson_vla::tensorrt {
namespace {

std::vector<std::string> taken(ProgressQueue& queue) {
  std::vector<std::string> texts;
  for (const BuildProgress& progress : queue.take())
    texts.push_back(progress.phase + " " + std::to_string(progress.step));
  return texts;
}

TEST(ProgressQueue, GivesEverythingToWhoIsFastEnough) {
  ProgressQueue queue;
  queue.push({"build", "", 0, 2});
  EXPECT_EQ(taken(queue), std::vector<std::string>{"build 0"});
  queue.push({"build", "", 1, 2});
  EXPECT_EQ(taken(queue), std::vector<std::string>{"build 1"});
  EXPECT_TRUE(queue.take().empty());
}

TEST(ProgressQueue, KeepsAStartBeforeWhatIsInsideOfIt) {
  ProgressQueue queue;
  queue.push({"build", "", 0, 2});
  queue.push({"graph", "build", 0, 2});
  queue.push({"graph", "build", 1, 2});
  queue.push({"graph", "build", 2, 2});
  queue.push({"build", "", 1, 2});
  EXPECT_EQ(taken(queue), (std::vector<std::string>{"build 0", "graph 0", "graph 2", "build 1"}));
}

TEST(ProgressQueue, TakesARepeatedPhaseForANewOne) {
  ProgressQueue queue;
  for (int round = 0; round < 3; ++round) {
    queue.push({"tactic", "build", 0, 9});
    queue.push({"tactic", "build", 5, 9});
  }
  EXPECT_EQ(taken(queue), (std::vector<std::string>{"tactic 0", "tactic 5"}));
}

TEST(ProgressQueue, StaysSmallWhenNobodyTakesAnything) {
  ProgressQueue queue;
  for (int step = 0; step < 100000; ++step)
    queue.push({"phase " + std::to_string(step % 3), "", step % 1000, 1000});
  EXPECT_LE(queue.take().size(), 6U);
}

TEST(ProgressQueue, LosesNoLastStepBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kSteps = 2000;
  ProgressQueue queue;
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&queue, &running, thread] {
      for (int step = 0; step <= kSteps; ++step) queue.push({std::to_string(thread), "", step, kSteps});
      --running;
    });
  std::map<std::string, std::int32_t> newest;
  const auto take = [&] {
    for (const BuildProgress& progress : queue.take()) {
      EXPECT_GE(progress.step, newest[progress.phase]);
      newest[progress.phase] = progress.step;
    }
  };
  while (running > 0) take();
  for (std::thread& thread : threads) thread.join();
  take();
  for (int thread = 0; thread < kThreads; ++thread) EXPECT_EQ(newest[std::to_string(thread)], kSteps);
}

}  // namespace
}  // namespace jetson_vla::tensorrt
