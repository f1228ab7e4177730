"""The Python peer of the call-overhead benchmark: onnxruntime on the trivial model.

    onnxruntime_calls.py MODEL

Answers every line "COUNT" on standard input with a line of JSON: the microseconds of each of COUNT calls.
"""

import json
import sys
import time

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
x = np.arange(8, dtype=np.float32)[np.newaxis]


def times(count: int) -> list[float]:
    measured = []
    for _ in range(count):
        start = time.perf_counter_ns()
        session.run(None, {"x": x})
        measured.append((time.perf_counter_ns() - start) / 1e3)
    return measured


assert np.array_equal(session.run(None, {"x": x})[0], x + 1)
print(json.dumps({"version": onnxruntime.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps({"run": times(int(line))}), flush=True)
