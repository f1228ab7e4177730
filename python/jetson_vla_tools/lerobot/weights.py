"""Puts the weights of a policy into the network, and says which do not fit."""

from collections.abc import Mapping

import torch

from .act import Act
from .files import invalid
from .statistics import LEGACY_PREFIXES

NETWORK = "model."
#: Only training uses them: the encoder of the style variable, and a counter that frozen statistics do not need.
TRAINING_PREFIXES = ("model.vae_encoder",)
TRAINING_SUFFIX = ".num_batches_tracked"
SHOWN = 3


def load_weights(network: Act, weights: Mapping[str, torch.Tensor]) -> None:
    """Raises ToolError CHECKPOINT_INVALID naming tensors that are missing, unknown, of another shape or not finite."""
    given = {
        name: tensor
        for name, tensor in weights.items()
        if not name.startswith(LEGACY_PREFIXES + TRAINING_PREFIXES) and not name.endswith(TRAINING_SUFFIX)
    }
    wanted = {NETWORK + name: tensor for name, tensor in network.state_dict().items()}
    problems = [
        *_listed("missing", [name for name in wanted if name not in given]),
        *_listed("unknown", [name for name in given if name not in wanted]),
        *_listed(
            "of another shape",
            [
                f"{name} {list(given[name].shape)}, expected {list(wanted[name].shape)}"
                for name in wanted
                if name in given and given[name].shape != wanted[name].shape
            ],
        ),
        *_listed("with values that are not finite", [name for name in given if not given[name].isfinite().all()]),
    ]
    if problems:
        raise invalid(
            f"model.safetensors does not fit config.json; {'; '.join(problems)}",
            "Use the config.json and the model.safetensors that were saved together.",
        )
    network.load_state_dict({name.removeprefix(NETWORK): tensor for name, tensor in given.items()})


def _listed(problem: str, names: list[str]) -> list[str]:
    if not names:
        return []
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"{problem}: {', '.join(names[:SHOWN])}{rest}"]
