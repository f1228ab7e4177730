"""What every kind of source becomes before it is exported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # A wrong name is found in milliseconds; PyTorch takes seconds to import.
    import torch


@dataclass(frozen=True)
class Loaded:
    """A policy that is ready to run."""

    #: In eval mode, float32, on the CPU. `forward(*inputs)`, in the order of the manifest's model inputs, gives the
    #: actions [batch, horizon, dim], or a dictionary or named tuple whose entry `actions` they are.
    module: torch.nn.Module
    #: The parts of policy.json that the source itself tells.
    manifest: dict[str, Any]
    #: Of the file that the weights came from; None where there is none.
    weights_sha256: str | None
