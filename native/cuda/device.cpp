#include "device.h"

#include <array>
#include <utility>

#include "../error.h"

namespace jetson_vla::cuda {

DeviceInfo describe_device(const Driver& driver, int ordinal) {
  int count = 0;
  driver.check(driver.device_get_count(&count), "cuDeviceGetCount");
  if (ordinal < 0 || ordinal >= count)
    throw Error(ErrorCode::kInvalidArgument, "device must be a CUDA device ordinal from 0 to " +
                                                 std::to_string(count - 1) + ", got " +
                                                 std::to_string(ordinal));
  Device device = 0;
  driver.check(driver.device_get(&device, ordinal), "cuDeviceGet");
  const auto attribute = [&](int id) {
    int value = 0;
    driver.check(driver.device_get_attribute(&value, id, device), "cuDeviceGetAttribute");
    return value;
  };
  DeviceInfo info;
  info.ordinal = ordinal;
  std::array<char, 256> name{};
  driver.check(driver.device_get_name(name.data(), static_cast<int>(name.size()) - 1, device),
               "cuDeviceGetName");
  info.name = name.data();
  info.capability_major = attribute(kAttributeComputeCapabilityMajor);
  info.capability_minor = attribute(kAttributeComputeCapabilityMinor);
  info.integrated = attribute(kAttributeIntegrated) != 0;
  info.can_map_host_memory = attribute(kAttributeCanMapHostMemory) != 0;
  driver.check(driver.device_total_mem(&info.total_memory_bytes, device), "cuDeviceTotalMem");
  return info;
}

std::shared_ptr<const Context> Context::retain(const Driver& driver, int ordinal) {
  return std::shared_ptr<const Context>(new Context(driver, describe_device(driver, ordinal)));
}

Context::Context(const Driver& driver, DeviceInfo info) : driver_(driver), info_(std::move(info)) {
  driver_.check(driver_.device_get(&device_, info_.ordinal), "cuDeviceGet");
  driver_.check(driver_.primary_ctx_retain(&handle_, device_), "cuDevicePrimaryCtxRetain");
}

Context::~Context() noexcept {
  driver_.primary_ctx_release(device_);
}

CurrentContext::CurrentContext(const Context& context) : context_(context) {
  context.driver().check(context.driver().ctx_push_current(context.handle()), "cuCtxPushCurrent");
}

CurrentContext::~CurrentContext() noexcept {
  ContextHandle popped = nullptr;
  context_.driver().ctx_pop_current(&popped);
}

TeardownContext::TeardownContext(const Context& context) noexcept
    : driver_(context.driver()),
      pushed_(driver_.ctx_push_current(context.handle()) == kSuccess ||
              driver_.ctx_push_current(context.handle()) == kSuccess) {}

TeardownContext::~TeardownContext() noexcept {
  ContextHandle popped = nullptr;
  if (pushed_) driver_.ctx_pop_current(&popped);
}

}  // namespace jetson_vla::cuda
