#pragma once

// TensorRT's headers need no more than these two names of the CUDA runtime; the addon itself uses the driver.
struct CUstream_st;
struct CUevent_st;
using cudaStream_t = CUstream_st*;
using cudaEvent_t = CUevent_st*;
