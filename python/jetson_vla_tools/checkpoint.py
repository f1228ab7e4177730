"""Weights from a file, without running any code that the file may hold."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

import torch

from .errors import ToolError

#: Where training scripts put the weights among the other things that they save.
_WRAPPERS = ("state_dict", "model_state_dict", "model", "module", "policy", "weights")
#: What DataParallel, torch.compile and training frameworks put before every name.
_PREFIXES = ("", "module.", "_orig_mod.", "model.", "policy.", "net.")
_SHOWN = 5


def load_into(network: torch.nn.Module, file: Path) -> None:
    """
    Every weight of the network, and nothing else, has to be in the file: `.safetensors`, or what `torch.save` wrote.

    Raises CHECKPOINT_INVALID.
    """
    own = network.state_dict()
    weights = _unprefixed(_unwrapped(read(file), file), set(own))
    _check(own, weights, file)
    # Into a network on the meta device nothing can be copied.
    network.load_state_dict(weights, assign=any(value.is_meta for value in own.values()))


def read(file: Path) -> Any:
    """What the file holds: of tensors, containers, numbers and texts."""
    if file.suffix == ".safetensors":
        return _read_safetensors(file)
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "GLOBAL" not in str(error) and "Unsupported class" not in str(error):
            raise _corrupt(file, error) from error
        raise ToolError(
            "CHECKPOINT_INVALID",
            f"{file} holds Python objects, which would run code of the file's own when they are read",
            "Save the weights alone, torch.save(policy.state_dict(), FILE), or let your factory read the file itself.",
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise _corrupt(file, error) from error


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _read_safetensors(file: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except SafetensorError as error:
        raise _corrupt(file, error) from error


def _corrupt(file: Path, error: Exception) -> ToolError:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ToolError(
        "CHECKPOINT_INVALID",
        f"{file} cannot be read; it is truncated, damaged, or no checkpoint: {said}",
        f"Copy or download it again; it has {file.stat().st_size} bytes.",
    )


def _unwrapped(content: Any, file: Path) -> dict[str, torch.Tensor]:
    weights = _weights_in(content, 3)
    if weights:
        return weights
    keys = f" with the keys {', '.join(map(str, list(content)[:_SHOWN]))}" if isinstance(content, dict) else ""
    raise ToolError(
        "CHECKPOINT_INVALID",
        f"{file}: expected a state_dict, found {type(content).__name__}{keys}",
        "Save it with torch.save(policy.state_dict(), FILE).",
    )


def _weights_in(content: Any, depth: int) -> dict[str, torch.Tensor]:
    if not isinstance(content, dict) or depth == 0:
        return {}
    for key in _WRAPPERS:
        # Before what lies beside it: a loss or a step may be a tensor too.
        if weights := _weights_in(content.get(key), depth - 1):
            return weights
    return {str(key): value for key, value in content.items() if isinstance(value, torch.Tensor)}


def _unprefixed(weights: dict[str, torch.Tensor], wanted: set[str]) -> dict[str, torch.Tensor]:
    for prefix in _PREFIXES:
        names = {name.removeprefix(prefix) for name in weights if name.startswith(prefix)}
        if names == wanted and len(names) == len(weights):
            return {name.removeprefix(prefix): value for name, value in weights.items()}
    return weights


def _check(wanted: dict[str, torch.Tensor], weights: dict[str, torch.Tensor], file: Path) -> None:
    missing = [name for name in wanted if name not in weights]
    unknown = [name for name in weights if name not in wanted]
    misshapen = [
        f"{name} {list(weights[name].shape)} instead of {list(value.shape)}"
        for name, value in wanted.items()
        if name in weights and weights[name].shape != value.shape
    ]
    broken = [
        name
        for name, value in weights.items()
        if name in wanted and value.is_floating_point() and not bool(torch.isfinite(value).all())
    ]
    problems = [
        f"{title}: {_listed(names)}"
        for title, names in (
            ("missing", missing),
            ("not in the policy", unknown),
            ("of another shape", misshapen),
            ("with NaN or infinite values", broken),
        )
        if names
    ]
    if problems:
        raise ToolError(
            "CHECKPOINT_INVALID",
            f"{file} does not fit the policy:\n" + "\n".join(problems),
            "Export with the same code, and the same sizes, that the checkpoint was trained with.",
        )


def _listed(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
