#pragma once

// TensorRT's headers include CUDA's header of this name, but only for these two types: with this file a
// backend compiles where TensorRT's headers are installed and CUDA's are not.
typedef struct CUstream_st* cudaStream_t;
typedef struct CUevent_st* cudaEvent_t;
