#include "entry.h"

#include <mutex>
#include <vector>

namespace standin::cuda {
namespace {

struct Fault {
  std::string entry;
  std::int64_t remaining;
  Result code;
};

struct Book {
  std::mutex mutex;
  std::vector<Entry*> entries;
  std::vector<Fault> faults;
  std::atomic<bool> armed{false};
  std::atomic<std::int64_t> total{0};
};

Book& book() {
  // Leaked: entry points may still be called while the process tears its statics down.
  static Book* const instance = new Book;
  return *instance;
}

}  // namespace

Entry::Entry(const char* name) : name_(name) {
  const std::lock_guard<std::mutex> lock(book().mutex);
  book().entries.push_back(this);
}

Result Entry::enter() {
  Book& b = book();
  calls_.fetch_add(1, std::memory_order_relaxed);
  b.total.fetch_add(1, std::memory_order_relaxed);
  if (!b.armed.load(std::memory_order_acquire)) return kSuccess;
  const std::lock_guard<std::mutex> lock(b.mutex);
  Result code = kSuccess;
  for (auto fault = b.faults.begin(); fault != b.faults.end();) {
    const bool hit = (fault->entry == "*" || fault->entry == name_) && --fault->remaining == 0;
    if (hit) code = fault->code;
    fault = hit ? b.faults.erase(fault) : fault + 1;
  }
  b.armed.store(!b.faults.empty(), std::memory_order_release);
  return code;
}

void fail_call(const std::string& entry, std::int64_t nth, Result code) {
  const std::lock_guard<std::mutex> lock(book().mutex);
  book().faults.push_back({entry, nth, code});
  book().armed.store(true, std::memory_order_release);
}

std::int64_t total_calls() {
  return book().total.load();
}

std::map<std::string, std::int64_t> call_counts() {
  const std::lock_guard<std::mutex> lock(book().mutex);
  std::map<std::string, std::int64_t> counts;
  for (const Entry* entry : book().entries) {
    if (const auto calls = entry->calls_.load()) counts[entry->name_] += calls;
  }
  return counts;
}

void reset_entries() {
  const std::lock_guard<std::mutex> lock(book().mutex);
  book().faults.clear();
  book().armed.store(false, std::memory_order_release);
  book().total.store(0);
  for (Entry* entry : book().entries) entry->calls_.store(0);
}

}  // namespace standin::cuda
