"""What an exporter's error means: which operator, which line of the policy, or a full disk."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import torch

from .errors import ToolError
from .user_code import chain, place_in

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def depends_on_data(error: BaseException) -> bool:
    """Whether the way through forward hangs on the values of a tensor."""
    return any(
        type(one).__name__ == "GuardOnDataDependentSymNode" or "data-dependent" in str(one).lower()
        for one in chain(error)
    )


def unsupported_operator(error: BaseException, program: torch.export.ExportedProgram) -> str | None:
    """Which operator ONNX lacks, and where the policy calls it."""
    for one in chain(error):
        found = re.search(r"No ONNX function found for <OpOverload\(op='([\w.]+)'", str(one))
        if found is None:
            continue
        operator = found[1]
        for node in program.graph.nodes:
            if not str(node.target).startswith(operator):
                continue
            place = place_in(node.meta.get("stack_trace") or "")
            modules = [name for name, _ in (node.meta.get("nn_module_stack") or {}).values()]
            inside = modules[-1].removeprefix("policy").lstrip(".") if modules else ""
            where = [f"in the module {inside}"] if inside else []
            return " ".join([f"ONNX has no operator for {operator},", "called", *where, f"at {place}" if place else ""])
        return f"ONNX has no operator for {operator}"
    return None


def first_line(error: object) -> str:
    """Of what it says; its class where it says nothing."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def raise_when_disk_is_full(error: BaseException, file: Path) -> None:
    """Raises WRITE_FAILED when that is what is behind the error."""
    for one in chain(error):
        if isinstance(one, OSError) and one.errno in _DISK:
            raise ToolError(
                "WRITE_FAILED",
                f"{file.name} cannot be written: {one.strerror}",
                "Free some space, or choose another --output; nothing was left behind.",
            ) from error
