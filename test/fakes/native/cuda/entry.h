#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "driver_types.h"

namespace standin::cuda {

/// One entry point: counts its calls and fails those that a test asked to fail.
class Entry {
 public:
  explicit Entry(const char* name);

  /// Counts a call; anything but kSuccess is the code that the entry point must return at once.
  Result enter();

  /// Counts a call that gives something back. It does so even when it was asked to fail: what the real driver
  /// reports there are mostly the errors of earlier work.
  template <class Free>
  Result free(Free&& work) {
    const Result fault = enter();
    const Result result = work();
    return fault != kSuccess ? fault : result;
  }

 private:
  friend void fail_call(const std::string&, std::int64_t, Result);
  friend void reset_entries();
  friend std::map<std::string, std::int64_t> call_counts();

  const char* const name_;
  std::atomic<std::int64_t> calls_{0};
};

/// Makes the `nth` call from now (1 is the next one) of `entry` return `code`; "*" counts calls of all
/// entries.
void fail_call(const std::string& entry, std::int64_t nth, Result code);

/// Calls of all entries since the last reset.
std::int64_t total_calls();
std::map<std::string, std::int64_t> call_counts();
void reset_entries();

}  // namespace standin::cuda

/// First line of every entry point.
#define STANDIN_ENTER(name)                  \
  static ::standin::cuda::Entry entry(name); \
  if (const auto fault = entry.enter()) return fault
