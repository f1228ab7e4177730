#include "ledger.h"

#include <mutex>
#include <utility>

namespace standin::tensorrt {
namespace {

struct Ledger {
  std::mutex mutex;
  std::map<std::string, std::map<std::string, std::int64_t>> sections;
};

Ledger& ledger() {
  // Leaked: objects may die while the process tears its statics down.
  static Ledger* const instance = new Ledger;
  return *instance;
}

void add(const char* section, const char* kind, std::int64_t change) {
  const std::lock_guard<std::mutex> lock(ledger().mutex);
  ledger().sections[section][kind] += change;
}

}  // namespace

Living::Living(const char* kind, std::shared_ptr<std::atomic<bool>> parent_alive)
    : kind_(kind), parent_alive_(std::move(parent_alive)) {
  add("live", kind_, 1);
}

Living::~Living() {
  add("live", kind_, -1);
  alive_->store(false);
  if (parent_alive_ && !parent_alive_->load()) add("violations", "outlivedParent", 1);
}

void count_violation(const char* kind) {
  add("violations", kind, 1);
}
void count_event(const char* kind) {
  add("events", kind, 1);
}

std::map<std::string, std::int64_t> ledger_counts(const std::string& section) {
  const std::lock_guard<std::mutex> lock(ledger().mutex);
  return ledger().sections[section];
}

void reset_ledger() {
  const std::lock_guard<std::mutex> lock(ledger().mutex);
  ledger().sections["violations"].clear();
  ledger().sections["events"].clear();
}

}  // namespace standin::tensorrt
