#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "evaluate.h"
#include "objects.h"
#include "slots.h"

namespace standin::tensorrt {

/// Why this address cannot be used for this tensor; empty if it can.
std::string check_address(const Slot& slot, const void* address);

/// Host bytes behind the slot's address; null if there are none.
unsigned char* host_bytes(const Slot& slot, void* address);

/// One run with all that it needs, so that it may happen after the context is gone.
struct Job {
  Spec spec;
  std::vector<Slot> slots;
  /// Its logger lives as long as the process.
  Reporter reporter;
};

/// Runs a job now. Returns a driver error code, with an error logged.
int run_job(const Job& job, const char* function);

/// What one context has put on streams.
class WorkQueue {
 public:
  /// Queues a job, or a mere marker for null. Returns a driver error code.
  int enqueue(CUstream_st* stream, std::unique_ptr<Job> job);
  /// Whether some of it has not run yet.
  bool pending() const { return queued_->load() > 0; }

 private:
  struct Ticket;
  const std::shared_ptr<std::atomic<int>> queued_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace standin::tensorrt
