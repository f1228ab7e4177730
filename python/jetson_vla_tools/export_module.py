"""The command `export`: a policy in PyTorch becomes an ONNX file, with PyTorch's own answers to compare it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .protocol import Channel
from .source import Loaded

#: Each with a single observation and, where the batch is open, with three.
_SEEDS = 3
_BATCHES = (1, 3)


def run(request: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """
    Asks `describe` with the parts of policy.json that the source knows, for the model's inputs; then `encode` with the
    output's shape, for the recorded observations as tensors.

    Raises INVALID_ARGUMENT, CHECKPOINT_INVALID, UNSUPPORTED_POLICY, EXPORT_FAILED, WRITE_FAILED.
    """
    channel.progress("Loading the policy", 0.0)
    loaded = _load(request, channel)
    described = channel.ask("describe", {"manifest": loaded.manifest})

    # After the user's own mistakes were looked for: these imports take seconds.
    from . import network_run, onnx_export, parity, tensors
    from .model_inputs import InputSpec, random_inputs

    specs = [InputSpec.parse(json) for json in described["inputs"]]
    seed = request["seed"]
    channel.progress("Running it in PyTorch", 0.2)
    network, actions = network_run.first_run(loaded.module, specs, seed)
    samples = channel.ask("encode", {"shape": list(actions.shape)})

    file = Path(request["output"])
    channel.progress("Exporting to ONNX", 0.3)
    exported = onnx_export.export(
        network,
        specs,
        actions.shape,
        file,
        opset=request["opset"],
        exporter=request["exporter"],
        warn=channel.warn,
    )
    if exported.fallback is not None:
        channel.warn(f"exported with the older exporter, because {exported.fallback}")

    channel.progress("Comparing with PyTorch", 0.8)
    in_onnx = parity.onnx_runner(file, "actions")

    def in_pytorch(inputs):
        return network_run.run(network, inputs)

    batches = _BATCHES if all(spec.batched for spec in specs) else (1,)
    random = {
        f"random observations, seed {seed + offset}, batch {batch}": random_inputs(specs, batch, seed + offset)
        for offset in range(_SEEDS)
        for batch in batches
    }
    folder = Path(request["folder"])
    recorded = [tensors.read(folder, files) for files in samples["samples"]]
    expected = [
        tensors.write(folder, f"expected.{index}", {"actions": in_pytorch(inputs)})
        for index, inputs in enumerate(recorded)
    ]
    return {
        "opset": exported.opset,
        "exporter": exported.exporter,
        "externalData": exported.external_data,
        "weightsSha256": loaded.weights_sha256,
        "random": parity.compare(in_pytorch, in_onnx, random),
        "observed": parity.compare(
            in_pytorch, in_onnx, {f"observation {index + 1}": inputs for index, inputs in enumerate(recorded)}
        ),
        "expected": expected,
        "tools": _versions(),
    }


def _load(request: dict[str, Any], channel: Channel) -> Loaded:
    source = request["source"]
    checkpoint = None if request["checkpoint"] is None else Path(request["checkpoint"])
    if source["kind"] == "factory":
        from . import factory

        return factory.load(source["module"], source["factory"], checkpoint)
    from . import lerobot

    dataset = request["dataset"]
    return lerobot.load(Path(source["directory"]), channel, None if dataset is None else Path(dataset))


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    versions = {"python": python_version()}
    for package in ("torch", "onnx", "onnxruntime", "onnxscript"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
