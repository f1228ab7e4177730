#pragma once

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

}  // namespace standin::tensorrt
