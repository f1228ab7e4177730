#pragma once

// What tests call beyond TensorRT's own entry points; both stand-in libraries export it. Found with dlsym.
#include <cstdint>

extern "C" {

/// Marks a stand-in library; the loader looks for the symbol.
extern const int jetson_vla_standin_library;

/// Forgets faults, call counts, violations and events. Living objects stay counted.
void standin_tensorrt_reset();

/// JSON: {"live": {...}, "violations": {...}, "events": {...}, "calls": {method: count}, "totalCalls": n}.
/// Valid until this thread's next call.
const char* standin_tensorrt_counters();

/// Makes the `nth` call from now of a method such as "IExecutionContext::enqueueV3" fail; "*" is any of them.
void standin_tensorrt_fail(const char* method, std::int64_t nth);

/// How long each step of a build takes.
void standin_tensorrt_set_build_step_ms(int milliseconds);
}
