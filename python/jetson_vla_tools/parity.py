"""How far ONNX Runtime's answers are from PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from .errors import ToolError

Runner = Callable[[dict[str, np.ndarray]], np.ndarray]


def onnx_runner(file: Path, output: str) -> Runner:
    """Raises EXPORT_FAILED when ONNX Runtime does not take the file."""
    options = onnxruntime.SessionOptions()
    # Warnings about initialisers and the like are no business of whoever exports.
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ToolError("EXPORT_FAILED", f"ONNX Runtime does not load the exported file: {error}") from error
    taken = {value.name for value in session.get_inputs()}
    return lambda inputs: session.run([output], {name: inputs[name] for name in inputs if name in taken})[0]


@dataclass
class Tally:
    """Differences over any number of samples, in the unit of the output."""

    samples: int = 0
    count: int = 0
    max_abs: float = 0.0
    worst: str = ""
    #: The largest value that PyTorch gave: what an error is small against.
    scale: float = 0.0
    _sum: float = 0.0
    _products: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    def add(self, name: str, wanted: np.ndarray, got: np.ndarray) -> None:
        self.samples += 1
        if wanted.shape != got.shape:
            raise ToolError(
                "EXPORT_FAILED",
                f"{name}: PyTorch gives actions {list(wanted.shape)}, the exported file {list(got.shape)}",
                "The exporter fixed a size; try the other one with --exporter.",
            )
        if not np.isfinite(wanted).all():
            raise ToolError(
                "EXPORT_FAILED",
                f"{name}: PyTorch itself gives NaN or infinite actions",
                "Look at the checkpoint, and at divisions and logarithms in forward.",
            )
        difference = np.abs(wanted.astype(np.float64) - got)
        largest = float(difference.max(initial=0))
        # A comparison with NaN is false, so a maximum would pass over it.
        largest = largest if np.isfinite(largest) else float("inf")
        if largest > self.max_abs or not self.worst:
            self.max_abs, self.worst = largest, name
        self.scale = max(self.scale, float(np.abs(wanted).max(initial=0)))
        self.count += wanted.size
        self._sum += float(difference.sum())
        w, g = wanted.astype(np.float64).ravel(), got.astype(np.float64).ravel()
        for index, product in enumerate((w @ g, w @ w, g @ g)):
            self._products[index] += float(product)

    def result(self) -> dict[str, Any]:
        dot, wanted, got = self._products
        length = float(np.sqrt(wanted) * np.sqrt(got))
        cosine = dot / length if length > 0 else float(wanted == got)
        finite = np.isfinite(self.max_abs)
        return {
            "samples": self.samples,
            "count": self.count,
            # JSON has no infinity.
            "maxAbs": self.max_abs if finite else None,
            "meanAbs": self._sum / max(self.count, 1) if finite else None,
            "cosine": cosine if finite else None,
            "worst": self.worst,
            "scale": self.scale,
        }


def compare(pytorch: Runner, exported: Runner, samples: dict[str, dict[str, np.ndarray]]) -> dict[str, Any]:
    """Both on every sample; `worst` is the name of the one that differs most."""
    tally = Tally()
    for name, inputs in samples.items():
        wanted = pytorch(inputs)
        try:
            got = exported(inputs)
        except Exception as error:
            first = (str(error).strip().splitlines() or [""])[0]
            raise ToolError(
                "EXPORT_FAILED",
                f"{name}: the exported file fails in ONNX Runtime: {first}",
                "The exporter fixed a size, or made a wrong graph; try the other one with --exporter.",
            ) from error
        tally.add(name, wanted, got)
    return tally.result()
