#pragma once

/// Marks a backend that was compiled against these stand-in headers: it must never drive a real TensorRT.
#define JETSON_VLA_STANDIN_HEADERS 1

// Which TensorRT these headers imitate: major × 10000 + minor × 100 + patch.
#ifndef STANDIN_TENSORRT
#define STANDIN_TENSORRT 101600
#endif

#if STANDIN_TENSORRT != 80502 && STANDIN_TENSORRT != 80601 && STANDIN_TENSORRT != 100300 && \
    STANDIN_TENSORRT != 101600 && STANDIN_TENSORRT != 110100
#error "STANDIN_TENSORRT must be one of 80502, 80601, 100300, 101600, 110100"
#endif

#define NV_TENSORRT_MAJOR (STANDIN_TENSORRT / 10000)
#define NV_TENSORRT_MINOR (STANDIN_TENSORRT / 100 % 100)
#define NV_TENSORRT_PATCH (STANDIN_TENSORRT % 100)
#define NV_TENSORRT_BUILD 0

// The number that the library reports and the factories take has one digit fewer before TensorRT 10.
#if STANDIN_TENSORRT < 100000
#define NV_TENSORRT_VERSION (NV_TENSORRT_MAJOR * 1000 + NV_TENSORRT_MINOR * 100 + NV_TENSORRT_PATCH)
#else
#define NV_TENSORRT_VERSION STANDIN_TENSORRT
#endif
