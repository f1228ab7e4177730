"""Writes the policy bundle: manifest, models, tokenizer and golden observation."""

import base64
import hashlib
import json
from pathlib import Path

import numpy as np

from .dataset import SIZE
from .export import OPSET, run_onnx
from .language import Language

EXACT, QUANTISED = "model.onnx", "model.uint8.onnx"
INSTRUCTION = "pick up the {color} block"
#: Names and limits (rad) of the joints in `examples/sim/world.xml`.
JOINTS = {
    "shoulder_pan": (-2.9, 2.9),
    "shoulder_lift": (-1.7, 1.9),
    "elbow": (-0.2, 2.8),
    "wrist_roll": (-2.9, 2.9),
    "wrist_pitch": (-2.1, 2.1),
    "tool_roll": (-2.9, 2.9),
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_golden(folder: Path, image: np.ndarray, color: str, language: Language) -> None:
    """One camera frame (128, 128, 3) with the answer that ONNX Runtime gave when the bundle was made."""
    instruction = INSTRUCTION.format(color=color)
    tokens = language.encode(language.words(instruction))
    pixels = np.ascontiguousarray(image.transpose(2, 0, 1)[None]).astype(np.float32) / 255
    actions = run_onnx(folder / EXACT, pixels, tokens[None])[0]
    golden = {
        "images": {
            "front": {
                "encoding": "rgb8",
                "width": SIZE,
                "height": SIZE,
                "data": base64.b64encode(image.tobytes()).decode(),
            }
        },
        "instruction": instruction,
        "tokenIds": tokens.tolist(),
        "actionChunk": [[round(float(value), 7) for value in row] for row in actions],
    }
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


def write_manifest(folder: Path, language: Language, tools: dict[str, str], revision: str) -> None:
    def artifact(file: str, precision: str) -> dict:
        return {
            "format": "onnx",
            "file": file,
            "sha256": sha256(folder / file),
            "precision": precision,
            "opset": OPSET,
            "exporter": "torch.onnx (TorchScript)",
        }

    joints = [{"name": name, "unit": "rad", "limits": list(limits)} for name, limits in JOINTS.items()]
    gripper = {"name": "gripper", "unit": "unit", "gripper": {"open": 0, "closed": 1}}
    manifest = {
        "schema": "jetson-vla/policy",
        "version": 1,
        "id": "pick-blocks",
        "name": "Pick the block you name",
        "family": "film-soft-argmax",
        "robot": {"embodiment": "examples/sim/world.xml"},
        "inputs": {
            "cameras": [
                {
                    "id": "front",
                    "color": "rgb",
                    "resize": {
                        "h": SIZE,
                        "w": SIZE,
                        "mode": "stretch",
                        "filter": "area",
                        "antialias": False,
                        "padValue": 0,
                    },
                    "layout": "CHW",
                }
            ],
            "text": {
                "mode": "runtime",
                "tokenizer": {"file": "tokenizer.json", "sha256": sha256(folder / "tokenizer.json")},
                "maxLength": language.max_tokens,
                "padTo": "max",
                "padId": 0,
                "unknown": "refuse",
            },
        },
        "stages": {
            "kind": "single",
            "models": [
                {
                    "id": "policy",
                    "inputs": [
                        {
                            "name": "image",
                            "dtype": "float32",
                            "shape": ["batch", 3, SIZE, SIZE],
                            "from": "camera:front",
                        },
                        {
                            "name": "text",
                            "dtype": "int64",
                            "shape": ["batch", language.max_tokens],
                            "from": "text.ids",
                        },
                    ],
                    "outputs": [{"name": "actions", "dtype": "float32", "shape": ["batch", 5, 7], "residency": "host"}],
                    "artifacts": [artifact(EXACT, "float32"), artifact(QUANTISED, "uint8-dynamic")],
                }
            ],
            "output": "policy.actions",
        },
        "action": {
            "dims": [*joints, gripper],
            "groups": [
                {"name": "arm", "slice": [0, 6], "space": "joint", "quantity": "position", "ref": "absolute"},
                {
                    "name": "gripper",
                    "slice": [6, 7],
                    "space": "gripper",
                    "quantity": "position",
                    "ref": "absolute",
                },
            ],
            "modelDim": 7,
        },
        "chunk": {"horizon": 5, "startIndex": 0, "dt": 0.2, "execute": 2},
        "golden": [
            {
                "file": "golden.json",
                "contains": ["raw_obs", "token_ids", "action_chunk"],
                # The quantised model and other processors round differently; a wrong colour order is off by far more.
                "tolerance": {"action_chunk": {"maxAbs": 0.05, "cosine": 0.999}},
            }
        ],
        "evaluator": {"script": "eval-policy", "args": ["--conditions", "named,otherColor"]},
        "provenance": {
            "source": "npm run train-policy",
            "revision": revision,
            "weightsSha256": sha256(folder / EXACT),
            "tools": tools,
            "normStatsFrom": "in the graph",
            "dataset": "examples/sim/generate-data.ts",
        },
        "licence": {"spdx": "Apache-2.0", "weights": "Apache-2.0"},
    }
    (folder / "policy.json").write_text(json.dumps(manifest, indent=2) + "\n")
