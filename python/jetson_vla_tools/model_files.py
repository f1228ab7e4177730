"""ONNX models on disk, with their weights beside them where protobuf's 2 GiB do not suffice."""

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from .errors import ToolError

#: Bytes; protobuf ends at 2 GiB, and a graph needs room for more than its weights.
INSIDE_AT_MOST = 1800 * 1024**2


def load(path: Path) -> onnx.ModelProto:
    """The model with its weights in memory."""
    try:
        model = onnx.load(path)
    except DecodeError as error:
        raise ToolError("MODEL_INVALID", f"{path} is no ONNX model: {error}", "Export it again.") from error
    except FileNotFoundError as error:
        raise ToolError("MODEL_INVALID", f"{path} cannot be read: {error}", "Copy its weights beside it.") from error
    if not model.graph.node:
        raise ToolError("MODEL_INVALID", f"{path} holds no graph", "Export it again.")
    return model


def with_names(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, whose every node has a name, so that one can speak about it."""
    taken = {node.name for node in model.graph.node}
    for index, node in enumerate(model.graph.node):
        if not node.name:
            node.name = f"{node.op_type}_{index}"
            while node.name in taken:
                node.name += "_"
            taken.add(node.name)
    return model


def save(model: onnx.ModelProto, path: Path) -> list[str]:
    """Writes and checks the model; returns the names of the files beside it."""
    beside: list[str] = []
    if model.ByteSize() > INSIDE_AT_MOST:
        beside = [f"{path.name}.data"]
        onnx.save(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=beside[0])
    else:
        onnx.save(model, path)
    check(path)
    return beside


def check(path: Path) -> None:
    """By its path, so that models above 2 GiB can be checked too."""
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        first = str(error).strip().splitlines()[0]
        raise ToolError("QUANTISE_FAILED", f"the converted model does not pass the checker of ONNX: {first}") from error


def opset(model: onnx.ModelProto) -> int:
    """Version of the standard operators."""
    return next(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
