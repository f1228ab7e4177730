"""The peer of the control-loop benchmark: a control loop as Python nodes have it, with inference in a thread.

    control_loop.py MODEL STEPS

Answers every line "TICKS LOADED" on standard input with a line of JSON: how late each of TICKS periods of 10 ms was
served, milliseconds, and how long the inferences took that ran back to back beside them (none when LOADED is 0).
"""

import json
import sys
import threading
import time

import numpy as np
import onnxruntime

PERIOD_S = 0.01

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
feeds = {
    "image": np.full((1, 8, 8, 3), 0.5, np.float32),
    "text": np.array([[int(sys.argv[2])]], np.int64),
}

# A quintic per joint, and where the arm is: what a tick looks at.
coefficients = np.linspace(-1, 1, 36).reshape(6, 6)
measured = np.zeros(6)


def tick(time_s: float) -> bool:
    reference = coefficients @ (min(time_s, 1.0) ** np.arange(6))
    return bool(np.all(np.abs(reference - measured) < 1e9))


def infer(stop: threading.Event, milliseconds: list[float]) -> None:
    while not stop.is_set():
        start = time.perf_counter()
        session.run(None, feeds)
        milliseconds.append((time.perf_counter() - start) * 1e3)


def control(ticks: int) -> list[float]:
    late: list[float] = []
    start = time.perf_counter()
    while len(late) < ticks:
        due = start + len(late) * PERIOD_S
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        now = time.perf_counter()
        # One tick serves every period that is due by now.
        while len(late) < ticks and start + len(late) * PERIOD_S <= now:
            late.append((now - start - len(late) * PERIOD_S) * 1e3)
        if not tick(now - start):
            raise SystemExit("the arm was lost")
    return late


session.run(None, feeds)
print(json.dumps({"version": onnxruntime.__version__}), flush=True)
for line in sys.stdin:
    ticks, loaded = map(int, line.split())
    stop = threading.Event()
    infer_ms: list[float] = []
    thread = threading.Thread(target=infer, args=(stop, infer_ms))
    if loaded:
        thread.start()
    late = control(ticks)
    stop.set()
    if loaded:
        thread.join()
    print(json.dumps({"late": late, "inferMs": infer_ms}), flush=True)
