"""Tensors that travel between Node and Python as files; the other side is lib/toolchain/tensor-files.ts."""

import json
from pathlib import Path

import numpy as np


def read(folder: Path, files: dict[str, str]) -> dict[str, np.ndarray]:
    """Arrays by the name of the model's input or output."""
    tensors = {}
    for name, file in files.items():
        path = folder / file
        tensors[name] = (
            np.array(json.loads(path.read_text()), dtype=object) if path.suffix == ".json" else np.load(path)
        )
    return tensors


def write(folder: Path, label: str, tensors: dict[str, np.ndarray]) -> dict[str, str]:
    files = {}
    for index, (name, array) in enumerate(tensors.items()):
        files[name] = f"{label}.{index}.npy"
        # ascontiguousarray would make a vector of a scalar.
        np.save(folder / files[name], np.asarray(array, order="C"))
    return files
