"""Reads the files of a policy directory; whatever is wrong with one becomes one message that names it."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from ..errors import ToolError

LFS_POINTER = b"version https://git-lfs"
COPY_AGAIN = "Copy or download the policy directory again; the file was not written or fetched completely."


def invalid(message: str, hint: str | None = None) -> ToolError:
    return ToolError("CHECKPOINT_INVALID", message, hint)


def unsupported(message: str, hint: str) -> ToolError:
    return ToolError("UNSUPPORTED_POLICY", message, hint)


def read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_existing(path).read_text("utf-8"))
    except ValueError as error:
        raise invalid(f"{path} is no valid JSON: {error}", COPY_AGAIN) from error
    if not isinstance(value, dict):
        raise invalid(f"{path}: expected a JSON object, got {type(value).__name__}")
    return value


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file, floating point ones as float32."""
    try:
        tensors = load_file(_existing(path))
    except (SafetensorError, ValueError) as error:
        raise invalid(f"{path} is no complete safetensors file: {error}", COPY_AGAIN) from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise invalid(
            f"expected {path.name} in {path.parent}, found no such file",
            "Give the directory that LeRobot saved the policy to; in a training run it is "
            "checkpoints/last/pretrained_model.",
        )
    with path.open("rb") as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise invalid(f"{path} is a Git LFS pointer, not the file itself", "Run `git lfs pull` in the directory.")
    return path
