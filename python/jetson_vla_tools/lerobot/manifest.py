"""The parts of policy.json that a policy directory tells."""

import re
from pathlib import Path
from typing import Any

from .act_config import ACTION, STATE, ActConfig, Camera
from .dataset_info import DatasetInfo
from .files import invalid, read_json
from .statistics import Processors

IMAGES = "observation.images."
OBSERVATION = "observation."
TRAINING = "train_config.json"


def act_manifest(
    directory: Path, config: dict[str, Any], act: ActConfig, processors: Processors, info: DatasetInfo
) -> dict[str, Any]:
    """
    Without `dims` where no data set names them, and always without units, grippers and, unless the data set tells its
    frame rate, without `chunk.dt`: widths are in the shapes of `stages`.
    """
    cameras = [_camera(camera, processors) for camera in act.cameras]
    inputs = [
        {
            "name": "image" if len(cameras) == 1 else camera["id"],
            "dtype": "float32",
            "shape": ["batch", 3, camera["resize"]["h"], camera["resize"]["w"]],
            "from": f"camera:{camera['id']}",
        }
        for camera in cameras
    ]
    state: dict[str, Any] = {}
    if act.state_width is not None:
        norm = processors.inputs.of(STATE, act.state_width).norm()
        state = {"state": _vector(info, STATE, act.state_width) | {"norm": norm}}
        inputs.append({"name": "state", "dtype": "float32", "shape": ["batch", act.state_width], "from": "state"})
    output = {"name": "actions", "dtype": "float32", "shape": ["batch", act.chunk_size, act.action_width]}
    source, dataset = _origin(directory, config)
    action_norm = processors.outputs.of(ACTION, act.action_width).norm()
    return {
        **({"id": re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")} if source else {}),
        "family": "act",
        **({"robot": {"embodiment": info.robot}} if info.robot else {}),
        "inputs": {"cameras": cameras, **state},
        "stages": {"kind": "single", "models": [{"id": "policy", "inputs": inputs, "outputs": [output]}]},
        "action": _vector(info, ACTION, act.action_width) | {"norm": action_norm},
        "chunk": {
            "horizon": act.chunk_size,
            "execute": act.n_action_steps,
            **({} if info.fps is None else {"dt": 1 / info.fps}),
            **({} if act.ensemble_coeff is None else {"ensembleCoeff": act.ensemble_coeff}),
        },
        "provenance": {
            **({"source": source} if source else {}),
            "normStatsFrom": processors.outputs.where,
            **({"dataset": dataset} if dataset else {}),
        },
        **({"licence": {"weights": config["license"]}} if isinstance(config.get("license"), str) else {}),
    }


def _vector(info: DatasetInfo, key: str, width: int) -> dict[str, Any]:
    dims = info.dims(key, width)
    return {"dims": dims} if dims else {}


def _camera(camera: Camera, processors: Processors) -> dict[str, Any]:
    colours = processors.inputs.of(camera.key, 3)
    if not (colours.spread() > 0).all():
        raise invalid(
            f"{processors.inputs.where}: {camera.key}: expected channels that differ between pixels, "
            f"got a spread of {colours.spread().tolist()}",
            "Compute the statistics of the data set again; those of ImageNet are common for ACT.",
        )
    aliases = [_id(alias) for alias in processors.aliases.get(camera.key, [])]
    return {
        "id": _id(camera.key),
        **({"aliases": aliases} if aliases else {}),
        "color": "rgb",
        "resize": {"h": camera.height, "w": camera.width, "mode": "none"},
        "layout": "CHW",
        "scale": 1 / 255,
        **colours.pixels(),
    }


def _id(key: str) -> str:
    return key.removeprefix(IMAGES).removeprefix(OBSERVATION)


def _origin(directory: Path, config: dict[str, Any]) -> tuple[str | None, str | None]:
    """Where the policy and its data set are published; never a path of the machine that trained it."""
    training = read_json(directory / TRAINING) if (directory / TRAINING).exists() else {}
    dataset = training.get("dataset")
    repo = dataset.get("repo_id") if isinstance(dataset, dict) else None
    name = config.get("repo_id") or training.get("job_name")
    return name if isinstance(name, str) else None, repo if isinstance(repo, str) else None
