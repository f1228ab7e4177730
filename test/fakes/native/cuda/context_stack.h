#pragma once

#include <vector>

#include "driver_types.h"

namespace standin::cuda {

/// The calling thread's stack of contexts; the last one is current.
std::vector<Context>& context_stack();

Context current_context();

}  // namespace standin::cuda
