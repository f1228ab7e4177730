"""A user's own function that makes the policy: `package.module:factory` or `path/file.py:factory`."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import ToolError
from .source import Loaded
from .user_code import summary

_UNDER_ANOTHER_NAME = "_jetson_vla_policy"


def load(module: str, factory: str, checkpoint: Path | None) -> Loaded:
    """
    A factory with a parameter gets the checkpoint's path and reads it itself. One without gives the bare network, into
    which the weights are then read, never running code that a checkpoint may hold.

    Raises EXPORT_FAILED, CHECKPOINT_INVALID, INVALID_ARGUMENT.
    """
    make = _find(_import(module), module, factory)
    if checkpoint is not None and not checkpoint.is_file():
        raise ToolError("CHECKPOINT_INVALID", f"expected a checkpoint, found no file at {checkpoint}")
    reads_it = _takes_checkpoint(make, f"{module}:{factory}", checkpoint is not None)
    made = _call(make, f"{module}:{factory}", [str(checkpoint)] if reads_it and checkpoint is not None else [])

    import torch

    if not isinstance(made, torch.nn.Module):
        raise ToolError(
            "EXPORT_FAILED",
            f"{module}:{factory}: expected a torch.nn.Module, it returned {type(made).__name__}",
            "Return the policy's network itself.",
        )
    if any(isinstance(part, torch.jit.ScriptModule) for part in made.modules()):
        raise ToolError(
            "EXPORT_FAILED",
            f"{module}:{factory} returned TorchScript, which the exporters of PyTorch do not take",
            "Return the module that was scripted or traced.",
        )
    from . import checkpoint as weights

    if checkpoint is not None and not reads_it:
        weights.load_into(made, checkpoint)
    empty = [name for name, value in [*made.named_parameters(), *made.named_buffers()] if value.is_meta]
    if empty:
        raise ToolError(
            "EXPORT_FAILED",
            f"{module}:{factory}: {empty[0]}{f' and {len(empty) - 1} more' if len(empty) > 1 else ''} "
            "on the meta device: without values",
            "Make the policy on the CPU, or give its weights with --checkpoint.",
        )
    network = made.to("cpu").float().eval().requires_grad_(False)
    return Loaded(network, {}, None if checkpoint is None else weights.sha256(checkpoint))


def _import(name: str) -> ModuleType:
    try:
        if not name.endswith(".py"):
            return importlib.import_module(name)
        file = Path(name)
        if not file.is_file():
            raise ToolError("EXPORT_FAILED", f"expected a Python file, found none at {name}")
        # What lies beside the file can be imported by it, as when Python runs the file.
        sys.path.insert(0, str(file.resolve().parent))
        spec = importlib.util.spec_from_file_location(_name_of(file), file.resolve())
        if spec is None or spec.loader is None:
            raise ToolError("EXPORT_FAILED", f"{name} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module
    except ToolError:
        raise
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == name or name.startswith(f"{missing}."):
            raise ToolError(
                "EXPORT_FAILED",
                f"there is no Python module {missing} in {Path.cwd()}, nor among the installed packages",
                "Run it in the directory of your code, or name the file: path/policy.py:factory.",
            ) from error
        raise ToolError(
            "EXPORT_FAILED",
            f"{name} cannot be imported: {summary(error)}",
            f"Install {missing} for the Python that exports, or choose your own with --python.",
        ) from error
    except SyntaxError as error:
        raise ToolError("EXPORT_FAILED", f"{name} cannot be imported: {summary(error)}") from error
    except (Exception, SystemExit) as error:
        raise ToolError(
            "EXPORT_FAILED",
            f"{name} cannot be imported: {summary(error)}",
            "Importing it must do nothing but define the factory.",
        ) from error


def _name_of(file: Path) -> str:
    """Its own name, so that errors and pickles read well; another one where that hides a module in use."""
    return file.stem if file.stem not in sys.modules else _UNDER_ANOTHER_NAME


def _find(module: ModuleType, name: str, factory: str) -> Callable[..., Any]:
    found = getattr(module, factory, None)
    if callable(found):
        return found
    if found is not None:
        raise ToolError("EXPORT_FAILED", f"{name}:{factory}: expected a function, it is of type {type(found).__name__}")
    own = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    close = difflib.get_close_matches(factory, own, 3) or own[:5]
    raise ToolError(
        "EXPORT_FAILED",
        f"{name} has no function {factory}" + (f"; it has {', '.join(close)}" if close else ""),
        "Name a function that returns the policy as a torch.nn.Module.",
    )


def _takes_checkpoint(make: Callable[..., Any], name: str, given: bool) -> bool:
    try:
        parameters = inspect.signature(make).parameters.values()
    except (TypeError, ValueError):
        return given
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if len(required) > 1 or any(p.kind is p.KEYWORD_ONLY for p in required):
        raise ToolError(
            "EXPORT_FAILED",
            f"{name}: expected a function of one argument, the checkpoint's path, or of none; "
            f"it takes {', '.join(p.name for p in required)}",
            "Write a small function that calls it with what it needs.",
        )
    if required and not given:
        raise ToolError(
            "INVALID_ARGUMENT",
            f"{name} takes a checkpoint ({required[0].name}), got none",
            "Give it with --checkpoint.",
        )
    return bool(positional)


def _call(make: Callable[..., Any], name: str, arguments: list[str]) -> Any:
    try:
        return make(*arguments)
    except (Exception, SystemExit) as error:
        raise ToolError("EXPORT_FAILED", f"{name} failed: {summary(error)}") from error
