"""`python -m pick_policy --data PREFIX… --language FILE --out FOLDER` makes a policy bundle from demonstrations."""

import argparse
import json
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from . import checkpoint
from .bundle import EXACT, QUANTISED, write_golden, write_manifest
from .dataset import Demonstrations
from .export import compare, export_onnx, quantise, run_onnx
from .language import Language
from .network import PickPolicy
from .train import train

EXPORT_TOLERANCE = 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(prog="pick_policy", description=__doc__)
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="prefixes of .rgb/.f32 files")
    parser.add_argument("--language", type=Path, required=True, help="language.json")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    language = Language(options.language)
    data = Demonstrations(options.data, language, options.seed)
    net = PickPolicy(len(language.vocabulary), options.width, *data.joint_statistics())
    weights = sum(parameter.numel() for parameter in net.parameters())
    _say(f"{len(data.training)} frames, {len(language.vocabulary)} words, {weights} weights")
    net = train(net, data, options.steps, options.batch_size, options.learning_rate, options.seed, _say)

    options.out.mkdir(parents=True, exist_ok=True)
    checkpoint.save(net, options.out / "checkpoint.safetensors")
    (options.out / "tokenizer.json").write_text(json.dumps(language.tokenizer_json(), indent=1) + "\n")
    export_onnx(net, language.max_tokens, options.out / EXACT)
    image, text, _ = data.batch(data.validation[:200], augment=False)
    with torch.no_grad():
        expected = net(image, text).numpy()
    image, text = np.ascontiguousarray(image.numpy()), text.numpy()
    deviation = float(np.abs(run_onnx(options.out / EXACT, image, text) - expected).max())
    if deviation > EXPORT_TOLERANCE:
        raise SystemExit(f"the exported model is off by {deviation:.2e}, more than {EXPORT_TOLERANCE:.0e}")
    quantise(options.out / EXACT, options.out / QUANTISED)
    comparison = compare(options.out / EXACT, options.out / QUANTISED, image, text)
    _say(f"FP32 model: {comparison['original_mb']:.2f} MB, quantised: {comparison['quantised_mb']:.2f} MB")
    _say(f"reduction: {comparison['reduction_percent']:.1f} %")

    first = int(data.validation[0])
    color = list(language.colors)[int(data.block_colors[first, 0])]
    write_golden(options.out, data.images[first], color, language)
    tools = {name: version(name) for name in ("torch", "onnx", "onnxruntime")}
    recipe = f"seed {options.seed}, {len(data.training)} frames, {options.steps} steps of {options.batch_size}"
    write_manifest(options.out, language, tools, recipe)
    report = {
        "frames": len(data.training),
        "weights": weights,
        "steps": options.steps,
        "export_max_abs": deviation,
    }
    (options.out / "training.json").write_text(json.dumps(report | comparison, indent=2) + "\n")


def _say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


if __name__ == "__main__":
    main()
