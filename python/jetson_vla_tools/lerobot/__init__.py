"""A policy directory as LeRobot saves it becomes a policy that can be exported. LeRobot itself is not needed."""

import hashlib
from pathlib import Path

import numpy as np

from ..protocol import Channel
from ..source import Loaded
from .act import Act
from .act_config import STATE, read_act_config
from .dataset_info import read_dataset_info
from .files import read_json, read_tensors
from .manifest import act_manifest
from .resnet import fold_batch_norms
from .statistics import Processors, read_processors
from .weights import load_weights

WEIGHTS = "model.safetensors"


def load(directory: Path, channel: Channel, dataset: Path | None = None) -> Loaded:
    """
    Reads config.json, model.safetensors and the processor files, or the statistics among the weights of older ones.

    The network takes normalised inputs and gives normalised actions; the manifest has the statistics. `dataset` is the
    data set's directory, for the names of the joints and the frame rate (`meta/info.json`); without one they are
    looked for in the policy's own.

    Raises ToolError UNSUPPORTED_POLICY for what this version does not run, CHECKPOINT_INVALID for what cannot be.
    """
    config = read_json(directory / "config.json")
    act = read_act_config(config)
    channel.progress(f"reading {WEIGHTS}")
    weights = read_tensors(directory / WEIGHTS)
    processors = read_processors(directory, config, weights)
    manifest = act_manifest(directory, config, act, processors, read_dataset_info(dataset or directory))
    _warn_constant_state(act.state_width, processors, channel)
    network = Act(act)
    load_weights(network, weights)
    fold_batch_norms(network.backbone)
    digest = hashlib.sha256((directory / WEIGHTS).read_bytes()).hexdigest()
    return Loaded(network.eval().requires_grad_(False), manifest, digest)


def _warn_constant_state(width: int | None, processors: Processors, channel: Channel) -> None:
    """LeRobot divides by eps there; a joint that moves after all gives the network values that it has never seen."""
    if width is None:
        return
    constant = np.flatnonzero(processors.inputs.of(STATE, width).spread() == 0).tolist()
    if constant:
        channel.warn(
            f"{STATE}{constant} never changed in the training data: the policy is lost as soon as these values differ "
            "from those that it was trained on"
        )
