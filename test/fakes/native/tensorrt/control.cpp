#include "control.h"

#include <map>
#include <string>

#include "../cuda/entry.h"
#include "ledger.h"

using namespace standin;

namespace {

std::string object(const std::map<std::string, std::int64_t>& counts) {
  std::string json;
  for (const auto& [key, count] : counts) {
    json += (json.empty() ? "{\"" : ",\"") + key + "\":" + std::to_string(count);
  }
  return json.empty() ? "{}" : json + "}";
}

}  // namespace

STANDIN_EXPORT const int jetson_vla_standin_library = 1;

STANDIN_EXPORT void standin_tensorrt_reset() {
  cuda::reset_entries();
  tensorrt::reset_ledger();
}

STANDIN_EXPORT const char* standin_tensorrt_counters() {
  thread_local std::string text;
  text = "{\"live\":" + object(tensorrt::ledger_counts("live")) +
         ",\"violations\":" + object(tensorrt::ledger_counts("violations")) +
         ",\"events\":" + object(tensorrt::ledger_counts("events")) +
         ",\"calls\":" + object(cuda::call_counts()) +
         ",\"totalCalls\":" + std::to_string(cuda::total_calls()) + "}";
  return text.c_str();
}

STANDIN_EXPORT void standin_tensorrt_fail(const char* method, std::int64_t nth) {
  cuda::fail_call(method, nth, 1);
}
