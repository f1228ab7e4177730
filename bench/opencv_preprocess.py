"""The peer of the preprocess-opencv benchmark: the usual Python preprocessing of a 640×480 bgr8 frame.

    opencv_preprocess.py FRAME TENSOR

Writes the tensor of the frame to TENSOR, then answers every line "COUNT" on standard input with a line of JSON:
the milliseconds of COUNT calls of cv2.resize alone and of the whole preprocessing.
"""

import json
import sys
import time

import cv2
import numpy as np

frame = np.fromfile(sys.argv[1], np.uint8).reshape(480, 640, 3)


def resize() -> np.ndarray:
    return cv2.resize(frame, (224, 224))


def preprocess() -> np.ndarray:
    return cv2.resize(frame, (224, 224)).astype(np.float32) / 255


def times(call, count: int) -> list[float]:
    measured = []
    for _ in range(count):
        start = time.perf_counter_ns()
        call()
        measured.append((time.perf_counter_ns() - start) / 1e6)
    return measured


preprocess().tofile(sys.argv[2])
print(json.dumps({"version": cv2.__version__, "threads": cv2.getNumThreads()}), flush=True)
for line in sys.stdin:
    count = int(line)
    print(json.dumps({"resize": times(resize, count), "preprocess": times(preprocess, count)}), flush=True)
