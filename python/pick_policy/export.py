"""PyTorch to ONNX, dynamic quantisation, and the comparison of the two."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from jetson_vla_tools import model_files, quantise_onnxruntime
from jetson_vla_tools.quantise_selection import select

from .dataset import SIZE
from .network import PickPolicy

OPSET = 17


def export_onnx(net: PickPolicy, max_tokens: int, path: Path) -> None:
    """Writes `path` with inputs `image` (batch, 3, 128, 128), `text` (batch, T) and output `actions` (batch, 5, 7)."""
    example = (torch.rand(2, 3, SIZE, SIZE), torch.ones(2, max_tokens, dtype=torch.int64))
    # The older exporter: dynamic quantisation cannot infer the shapes of the newer one's graph.
    torch.onnx.export(
        net,
        example,
        str(path),
        input_names=["image", "text"],
        output_names=["actions"],
        dynamic_axes={name: {0: "batch"} for name in ("image", "text", "actions")},
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(path), full_check=True)


def quantise(source: Path, target: Path) -> None:
    """Weights to 8 bits (unsigned), activations quantised as they come; the path of the image points stays exact."""
    model, _ = quantise_onnxruntime.prepare(model_files.load(source))
    selection = select(model, quantise_onnxruntime.DYNAMIC_TYPES, [], []).keeping(_path_of_the_points(model))
    model_files.save(quantise_onnxruntime.dynamic(model, selection), target)


def _path_of_the_points(model: onnx.ModelProto) -> set[str]:
    """
    The products from the attention to the first layer of the head. Eight bits would flatten a thousand small
    attention weights to zero, and place a point in the image no better than half a pixel.
    """
    reached = {output for node in model.graph.node if node.op_type == "Softmax" for output in node.output}
    path = set()
    for node in model.graph.node:
        if not reached & set(node.input):
            continue
        if node.op_type in ("MatMul", "Gemm"):
            path.add(node.name)
        if node.op_type != "Gemm":
            reached |= set(node.output)
    return path


def run_onnx(path: Path, image: np.ndarray, text: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(["actions"], {"image": image, "text": text})[0]


def compare(exact: Path, other: Path, image: np.ndarray, text: np.ndarray) -> dict[str, float]:
    """Sizes (MB of 1024² bytes) and deviations (rad, gripper) of `other` from `exact` on the same observations."""
    difference = np.abs(run_onnx(exact, image, text) - run_onnx(other, image, text))
    original, reduced = (path.stat().st_size / 1024**2 for path in (exact, other))
    return {
        "original_mb": original,
        "quantised_mb": reduced,
        "reduction_percent": 100 * (1 - reduced / original),
        "joint_mean_abs_rad": float(difference[..., :6].mean()),
        "joint_max_abs_rad": float(difference[..., :6].max()),
        "gripper_mean_abs": float(difference[..., 6].mean()),
    }
