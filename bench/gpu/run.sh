#!/usr/bin/env bash
# Builds and checks on a machine with a CUDA GPU what CI can only check against stand-ins.
#
#   bench/gpu/run.sh [--onnx MODEL.onnx]
#
# 1. Driver API: buffers, streams, graphs, mapped and staged memory, threads, leaks (needs libcuda.so.1, cmake, g++).
# 2. Where node and TensorRT (libnvinfer, its ONNX parser and headers) are found: builds an engine from the model and
#    runs it end to end through the package.
# 3. Where trtexec is found as well: its latency for the same engine, to compare.
#
# Exit code 0 only when every step that could run passed; steps that could not run are named.
set -uo pipefail
cd "$(dirname "$0")/../.."

onnx=examples/policies/pick/model.onnx
if [[ ${1:-} == --onnx && -n ${2:-} ]]; then onnx=$2; fi
build=${JETSON_VLA_GPU_BUILD:-build/gpu}
status=0
skipped=()

step() { # title, command…
  printf '\n== %s\n' "$1"
  shift
  if ! "$@"; then
    printf 'FAILED: %s\n' "$*"
    status=1
    return 1
  fi
}

step 'configure' cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DJETSON_VLA_ADDON=OFF -DJETSON_VLA_GPU_CHECK=ON &&
  step 'compile' cmake --build "$build" --target check_gpu -j "$(nproc)" &&
  step 'CUDA driver' "$(find "$build" -name check_gpu -type f -perm -u+x | head -n 1)" "${JETSON_VLA_CUDA:-libcuda.so.1}"

nvinfer=${JETSON_VLA_NVINFER:-$(ldconfig -p 2>/dev/null | sed -n 's/.*libnvinfer\.so\.[0-9]* .*=> //p' | head -n 1)}
if ! command -v node >/dev/null; then
  skipped+=('TensorRT end to end: no node')
elif [[ -z $nvinfer ]]; then
  skipped+=('TensorRT end to end: no libnvinfer (set JETSON_VLA_NVINFER)')
else
  engine=$(mktemp -d)/policy.engine
  step 'install' npm ci --no-audit --no-fund &&
    step 'native addon with real headers' npm run -s cli -- build-native &&
    step 'build an engine' npm run -s cli -- build "$onnx" --output "$engine" &&
    step 'run it' node --import tsx bench/gpu/run-engine.ts "$engine"
  if command -v trtexec >/dev/null; then
    step 'trtexec, the same engine' trtexec --loadEngine="$engine" --useCudaGraph --noDataTransfers=false \
      --iterations=1000 --avgRuns=100
  else
    skipped+=('comparison: no trtexec')
  fi
  rm -rf "$(dirname "$engine")"
fi

printf '\n'
for why in "${skipped[@]}"; do printf 'not run: %s\n' "$why"; done
if ((status == 0)); then printf 'everything that ran passed\n'; else printf 'something failed\n'; fi
exit "$status"
