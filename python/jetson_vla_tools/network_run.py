"""Running the policy in PyTorch, and what can be wrong with what it gives."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch

from .errors import ToolError
from .model_inputs import InputSpec, described, random_inputs
from .user_code import summary


class ActionsOnly(torch.nn.Module):
    """The policy, whose only output is the action tensor."""

    def __init__(self, policy: torch.nn.Module) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return actions_of(self.policy(*inputs))


def actions_of(output: Any) -> torch.Tensor:
    """The tensor itself, the only one of a tuple, or the entry `actions` of a dictionary or named tuple."""
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict) and isinstance(output.get("actions"), torch.Tensor):
        return output["actions"]
    named = getattr(output, "actions", None)
    if isinstance(named, torch.Tensor):
        return named
    if isinstance(output, (tuple, list)) and len(output) == 1 and isinstance(output[0], torch.Tensor):
        return output[0]
    kind = type(output).__name__
    if isinstance(output, dict):
        kind += f" with the keys {', '.join(map(str, output))}"
    elif isinstance(output, (tuple, list)):
        kind += f" of {len(output)} values"
    raise ToolError(
        "EXPORT_FAILED",
        f"forward: expected the actions as a tensor [batch, waypoints, values], it gave a {kind}",
        'Return that tensor, or a dictionary with the key "actions".',
    )


def run(network: torch.nn.Module, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """The actions for one batch. `inputs` are in the order of forward's parameters."""
    with torch.no_grad():
        # Copies: a forward may write into what it is given.
        actions = network(*(torch.tensor(value) for value in inputs.values()))
    if actions.dtype != torch.float32:
        kind = str(actions.dtype).removeprefix("torch.")
        raise ToolError("EXPORT_FAILED", f"forward: expected actions of type float32, it gave {kind}")
    return actions.numpy()


def first_run(policy: torch.nn.Module, specs: list[InputSpec], seed: int) -> tuple[ActionsOnly, np.ndarray]:
    """
    The policy and its actions [1, waypoints, values] for random inputs.

    Raises EXPORT_FAILED when it takes other inputs, fails on them, or gives anything else than finite actions.
    """
    _check_signature(policy, specs)
    network = ActionsOnly(policy).eval()
    actions = _try(network, random_inputs(specs, 1, seed), described(specs))
    _check_actions(actions, 1)
    if all(spec.batched for spec in specs):
        _check_batch(network, specs, seed, actions)
    return network, actions


def _check_signature(policy: torch.nn.Module, specs: list[InputSpec]) -> None:
    signature = inspect.signature(policy.forward)
    try:
        signature.bind(*specs)
    except TypeError as error:
        raise ToolError(
            "EXPORT_FAILED",
            f"forward{signature} does not take the {len(specs)} inputs of the policy, in this order: "
            f"{described(specs)}",
            "Options add or remove inputs (--state, --tokenizer, --cameras); --manifest names any others.",
        ) from error


def _try(network: ActionsOnly, inputs: dict[str, np.ndarray], given: str) -> np.ndarray:
    try:
        return run(network, inputs)
    except ToolError:
        raise
    except Exception as error:
        raise ToolError(
            "EXPORT_FAILED",
            f"the policy fails in PyTorch already: {summary(error)}; it was given {given}",
            "Compare these shapes and types with those that it was trained with.",
        ) from error


def _check_actions(actions: np.ndarray, batch: int) -> None:
    if actions.ndim != 3 or actions.shape[0] != batch:
        raise ToolError(
            "EXPORT_FAILED",
            f"forward: expected actions [{batch}, waypoints, values], it gave {list(actions.shape)}",
            "Give one row of values per waypoint; a policy of one step gives [batch, 1, values].",
        )
    if not np.isfinite(actions).all():
        bad = int(np.count_nonzero(~np.isfinite(actions)))
        raise ToolError(
            "EXPORT_FAILED",
            f"{bad} of the {actions.size} values that the policy gives for a random observation are NaN or infinite",
            "Look at the checkpoint, and at divisions and logarithms in forward.",
        )


def _check_batch(network: ActionsOnly, specs: list[InputSpec], seed: int, single: np.ndarray) -> None:
    """The file shall take any batch, so the network has to, and rows must not depend on each other."""
    hint = "Use -1, or x.shape[0], for the batch in forward; or give shapes that begin with 1 in --manifest."
    inputs = random_inputs(specs, 1, seed)
    pair = {name: np.concatenate([value, value]) for name, value in inputs.items()}
    try:
        actions = run(network, pair)
    except Exception as error:
        raise ToolError(
            "EXPORT_FAILED", f"the policy takes a batch of 1 and fails with a batch of 2: {summary(error)}", hint
        ) from error
    if actions.shape != (2, *single.shape[1:]):
        raise ToolError(
            "EXPORT_FAILED",
            f"the policy gives {list(single.shape)} for a batch of 1, and {list(actions.shape)} for a batch of 2",
            hint,
        )
