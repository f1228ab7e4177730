#pragma once

// Stand-in for TensorRT's main header: the part of the API that native/tensorrt needs, in our own words, so
// that the backends compile and run where no TensorRT can be installed. Every class is abstract; the stand-in
// library implements it. Within one major, whatever a later release added comes last in its class, as in the
// real library, so that a backend built for the newest release of a major also drives the older ones.
#include "NvInferVersion.h"
#include "cuda_runtime_api.h"
#include "standin/builder.h"
#include "standin/callbacks.h"
#include "standin/runtime.h"
#include "standin/types.h"
