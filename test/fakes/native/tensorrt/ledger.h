#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

/// Which objects live, and what was done with them that must not be done.
namespace standin::tensorrt {

/// One more living object of a kind such as "engines", for as long as this lives. With a parent, the ledger
/// notices when the parent dies first.
class Living {
 public:
  explicit Living(const char* kind, std::shared_ptr<std::atomic<bool>> parent_alive = nullptr);
  ~Living();
  Living(const Living&) = delete;
  Living& operator=(const Living&) = delete;

  /// For the children of this object.
  std::shared_ptr<std::atomic<bool>> alive() const { return alive_; }

 private:
  const char* const kind_;
  const std::shared_ptr<std::atomic<bool>> alive_ = std::make_shared<std::atomic<bool>>(true);
  const std::shared_ptr<std::atomic<bool>> parent_alive_;
};

void count_violation(const char* kind);
/// How often a build found its network in the timing cache.
void count_event(const char* kind);

/// "live", "violations" or "events".
std::map<std::string, std::int64_t> ledger_counts(const std::string& section);
/// Living objects stay.
void reset_ledger();

}  // namespace standin::tensorrt
