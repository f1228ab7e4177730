#include "stream.h"

#include <utility>

namespace jetson_vla::cuda {

Stream::Stream(std::shared_ptr<const Context> context, Priority priority) : context_(std::move(context)) {
  const Driver& driver = context_->driver();
  int least = 0;
  int greatest = 0;
  if (priority == Priority::kHigh)
    driver.check(driver.ctx_get_stream_priority_range(&least, &greatest), "cuCtxGetStreamPriorityRange");
  driver.check(driver.stream_create_with_priority(&handle_, kStreamNonBlocking, greatest),
               "cuStreamCreateWithPriority");
}

Stream::~Stream() noexcept {
  context_->driver().stream_destroy(handle_);
}

void Stream::synchronize() const {
  context_->driver().check(context_->driver().stream_synchronize(handle_), "cuStreamSynchronize");
}

Event::Event(std::shared_ptr<const Context> context, Wait wait) : context_(std::move(context)) {
  const Driver& driver = context_->driver();
  const unsigned flags = kEventDisableTiming | (wait == Wait::kBlock ? kEventBlockingSync : 0U);
  driver.check(driver.event_create(&handle_, flags), "cuEventCreate");
}

Event::~Event() noexcept {
  context_->driver().event_destroy(handle_);
}

void Event::wait_for(const Stream& stream) const {
  const Driver& driver = context_->driver();
  driver.check(driver.event_record(handle_, stream.handle()), "cuEventRecord");
  driver.check(driver.event_synchronize(handle_), "cuEventSynchronize");
}

}  // namespace jetson_vla::cuda
