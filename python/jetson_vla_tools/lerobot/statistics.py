"""Finds the normalisation of a policy: in the processor files, or, as LeRobot once did, among the weights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .act_config import OTHER_WAY
from .fields import Fields
from .files import invalid, read_json, read_tensors, unsupported
from .normalisation import Normalisation, Rule, normalisation

PREPROCESSOR = "policy_preprocessor.json"
POSTPROCESSOR = "policy_postprocessor.json"
#: Steps that leave the values as they are: they add the batch dimension and move tensors between devices.
NEUTRAL_STEPS = ("to_batch_processor", "device_processor")
LEGACY_INPUTS = "normalize_inputs.buffer_"
LEGACY_OUTPUTS = "unnormalize_outputs.buffer_"
LEGACY_PREFIXES = (LEGACY_INPUTS, LEGACY_OUTPUTS, "normalize_targets.buffer_")

#: Values by the feature and then the name of the statistic.
Statistics = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Normaliser:
    """The rules and statistics of one direction, and the file that has them."""

    where: str
    rules: Mapping[str, Rule]
    statistics: Statistics

    def of(self, key: str, width: int) -> Normalisation:
        rule = self.rules.get(key, Rule("IDENTITY"))
        return normalisation(key, width, rule, self.statistics.get(key, {}), self.where)


@dataclass(frozen=True)
class Processors:
    inputs: Normaliser
    outputs: Normaliser
    #: Names under which the robot gives a feature, by the name under which the policy takes it.
    aliases: Mapping[str, list[str]] = field(default_factory=dict)


def read_processors(directory: Path, config: dict[str, Any], weights: Mapping[str, torch.Tensor]) -> Processors:
    if (directory / PREPROCESSOR).exists():
        before, aliases = _pipeline(directory / PREPROCESSOR, "normalizer_processor")
        after, _ = _pipeline(directory / POSTPROCESSOR, "unnormalizer_processor")
        return Processors(before, after, aliases)
    if any(name.startswith(LEGACY_PREFIXES) for name in weights):
        return _legacy(config, weights)
    raise invalid(
        f"{directory}: expected the normalisation statistics in {PREPROCESSOR} and {POSTPROCESSOR}, or among the "
        "weights of model.safetensors, found neither",
        "Copy the processor files of the policy as well; LeRobot saves them beside model.safetensors.",
    )


def _pipeline(path: Path, wanted: str) -> tuple[Normaliser, dict[str, list[str]]]:
    steps = read_json(path).get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise invalid(f"{path}: expected a list of steps, got {steps!r}")
    found = Normaliser(path.name, {}, {})
    aliases: dict[str, list[str]] = {}
    for index, step in enumerate(steps):
        fields = Fields(f"{path.name}: steps[{index}]", step)
        name = step.get("registry_name")
        if name == wanted and not found.rules:
            found = _normaliser(path.parent, fields)
        elif name == "rename_observations_processor":
            for given, taken in fields.inner("config").inner("rename_map").values.items():
                aliases.setdefault(taken, []).append(given)
        elif name not in NEUTRAL_STEPS:
            raise unsupported(
                f"{fields.where}: expected {wanted}, rename_observations_processor, {' or '.join(NEUTRAL_STEPS)}, "
                f"got {name or step.get('class')}, which changes the values in its own way",
                OTHER_WAY,
            )
    return found, aliases


def _normaliser(directory: Path, step: Fields) -> Normaliser:
    config = step.inner("config")
    modes = config.inner("norm_map").values
    eps = config.number("eps")
    features = config.inner("features")
    chosen = config.values.get("normalize_observation_keys")
    rules = {
        key: Rule(str(modes.get(kind, "IDENTITY")), eps)
        for key, kind in _kinds(features)
        if chosen is None or key in chosen or kind == "ACTION"
    }
    file = step.values.get("state_file")
    if file is None:
        return Normaliser(step.where, rules, {})
    if not isinstance(file, str) or Path(file).name != file:
        raise step.wrong("state_file", "the name of a file in the same directory")
    return Normaliser(file, rules, _statistics(read_tensors(directory / file).items()))


def _statistics(tensors: Iterable[tuple[str, torch.Tensor]]) -> Statistics:
    statistics: Statistics = {}
    for name, tensor in tensors:
        key, _, statistic = name.rpartition(".")
        statistics.setdefault(key, {})[statistic] = tensor.numpy()
    return statistics


def _legacy(config: dict[str, Any], weights: Mapping[str, torch.Tensor]) -> Processors:
    fields = Fields("config.json", config)
    modes = fields.inner("normalization_mapping").values

    def side(features: Fields, prefix: str) -> Normaliser:
        kinds = _kinds(features)
        rules = {key: Rule(str(modes.get(kind, "IDENTITY")), eps_in_ranges=True) for key, kind in kinds}
        # A buffer's name has underscores for the dots of its feature, so it is looked up by the feature.
        statistics: Statistics = {}
        for key, _ in kinds:
            start = f"{prefix}{key.replace('.', '_')}."
            statistics[key] = {
                name[len(start) :]: tensor.numpy() for name, tensor in weights.items() if name.startswith(start)
            }
        return Normaliser(f"model.safetensors: {prefix}*", rules, statistics)

    return Processors(
        side(fields.inner("input_features"), LEGACY_INPUTS), side(fields.inner("output_features"), LEGACY_OUTPUTS)
    )


def _kinds(features: Fields) -> list[tuple[str, str]]:
    """Every feature with its kind: VISUAL, STATE, ACTION."""
    return [(key, str(features.inner(key).values.get("type"))) for key in features.values]
