#include "execution.h"

#include <cstdint>
#include <utility>

#include "cuda_link.h"
#include "shapes.h"

namespace standin::tensorrt {
namespace {

constexpr std::uintptr_t kAddressAlignment = 256;
constexpr int kLaunchFailed = 719;
constexpr int kIllegalAddress = 700;

std::size_t byte_size(const Slot& slot) {
  const std::int64_t count = element_count(slot.shape);
  return count < 0 ? 0 : static_cast<std::size_t>(count) * element_size(slot.spec->type);
}

}  // namespace

unsigned char* host_bytes(const Slot& slot, void* address) {
  return static_cast<unsigned char*>(slot.spec->on_host ? address
                                                        : cuda::host_view(address, byte_size(slot)));
}

std::string check_address(const Slot& slot, const void* address) {
  const std::string& name = slot.spec->name;
  if (address == nullptr) return "Address is not set for tensor " + name;
  if (slot.spec->on_host) return {};
  if (reinterpret_cast<std::uintptr_t>(address) % kAddressAlignment != 0) {
    return "Address of tensor " + name + " is not aligned to 256 bytes";
  }
  if (!cuda::host_view(address, byte_size(slot))) {
    return "Address of tensor " + name + " is not device memory of " + std::to_string(byte_size(slot)) +
           " bytes for shape " + shape_text(slot.shape);
  }
  return {};
}

int run_job(const Job& job, const char* function) {
  std::vector<Bound> tensors;
  for (const Slot& slot : job.slots) {
    unsigned char* const bytes = host_bytes(slot, slot.address);
    if (bytes == nullptr) {
      job.reporter.error(function, nvinfer1::ErrorCode::kFAILED_EXECUTION,
                         "an illegal memory access was encountered at tensor " + slot.spec->name);
      return kIllegalAddress;
    }
    tensors.push_back({slot.spec, slot.shape, bytes});
  }
  const std::string error = evaluate(*job.spec, tensors);
  if (error.empty()) return 0;
  job.reporter.error(function, nvinfer1::ErrorCode::kFAILED_EXECUTION, error);
  return kLaunchFailed;
}

/// Work on a stream, counted until it ran for the first time or was dropped.
struct WorkQueue::Ticket {
  std::shared_ptr<std::atomic<int>> queued;
  std::unique_ptr<Job> job;
  std::atomic<bool> open{true};

  void close() {
    if (open.exchange(false)) queued->fetch_sub(1);
  }
  ~Ticket() { close(); }
};

int WorkQueue::enqueue(CUstream_st* stream, std::unique_ptr<Job> job) {
  auto ticket = std::make_unique<Ticket>();
  ticket->queued = queued_;
  ticket->job = std::move(job);
  queued_->fetch_add(1);
  // A captured run may never happen, and then again and again: it is the graph's, not this context's.
  if (ticket->job && cuda::is_capturing(stream)) ticket->close();
  std::vector<const void*> addresses;
  if (ticket->job)
    for (const Slot& slot : ticket->job->slots) addresses.push_back(slot.address);
  return cuda::enqueue(
      stream,
      [](void* data) {
        auto* own = static_cast<Ticket*>(data);
        const int code = own->job ? run_job(*own->job, "IExecutionContext::enqueueV3") : 0;
        own->close();
        return code;
      },
      ticket.release(), [](void* data) { delete static_cast<Ticket*>(data); }, addresses);
}

}  // namespace standin::tensorrt
