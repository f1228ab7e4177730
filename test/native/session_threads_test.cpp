#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "native/support/session_fixture.h"
#include "tensorrt/inference_thread.h"

/// Also run under ThreadSanitizer.
namespace jetson_vla::tensorrt {
namespace {

using standin::tensorrt::Element;
using test::input;
using test::view;

class SessionThreadsTest : public test::SessionTest {};

TEST_P(SessionThreadsTest, HandsInputsToItsThreadAndResultsBack) {
  Session session = open(write(engine_spec({input("x", Element::kFloat32, {64})})));
  std::promise<void> done;
  InferenceThread thread([&] {
    session.enqueue();
    done.set_value();
  });
  for (int run = 0; run < 500; ++run) {
    done = std::promise<void>();
    std::future<void> finished = done.get_future();
    view<float>(session, 0)[63] = static_cast<float>(run);
    thread.start();
    finished.wait();
    ASSERT_EQ(view<float>(session, 1)[63], static_cast<float>(run));
  }
}

TEST_P(SessionThreadsTest, SessionsOnSeveralThreadsDoNotDisturbEachOther) {
  const std::string file = write(engine_spec({input("x", Element::kFloat32, {16})}));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      for (int load = 0; load < 5; ++load) {
        Session session = open(file);
        for (int run = 0; run < 40; ++run) {
          const auto value = static_cast<float>(number * 1000 + run);
          view<float>(session, 0)[15] = value;
          if (run % 3 == 0)
            session.execute();
          else
            session.enqueue();
          if (view<float>(session, 1)[15] != value) ++wrong;
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(SessionThreadsTest, AThreadThatIsDestroyedFinishesItsWorkFirst) {
  Session session = open(write(engine_spec({input("x", Element::kFloat32, {4})})));
  std::atomic<int> finished{0};
  for (int round = 1; round <= 50; ++round) {
    std::promise<void> started;
    InferenceThread thread([&] {
      started.set_value();
      session.enqueue();
      ++finished;
    });
    thread.start();
    started.get_future().wait();
  }
  EXPECT_EQ(finished, 50);
}

INSTANTIATE_TEST_SUITE_P(Releases, SessionThreadsTest, ::testing::ValuesIn(test::releases()),
                         test::release_name);

}  // namespace
}  // namespace jetson_vla::tensorrt
