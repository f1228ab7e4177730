"""From demonstrations to a bundle, on a model that is trained for a few steps only."""

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from pick_policy import checkpoint
from pick_policy.dataset import ACTION_DIM, BLOCKS, HORIZON, SIZE, Demonstrations
from pick_policy.export import compare, run_onnx
from pick_policy.kinematics import tool_position
from pick_policy.language import Language
from pick_policy.network import PickPolicy
from pick_policy.train import chunk_loss, train

ROOT = Path(__file__).parents[2]
LANGUAGE = ROOT / "examples" / "sim" / "language.json"
FRAMES = 60


def write_demonstrations(prefix: Path, frames: int = FRAMES, seed: int = 0) -> Path:
    """Grey noise; the brighter the frame, the larger the joint angles, and each block's chunk a little apart."""
    rng = np.random.default_rng(seed)
    level = rng.random(frames).astype(np.float32)
    noise = rng.integers(0, 56, (frames, SIZE, SIZE, 3), dtype=np.uint8)
    images = noise + (200 * level).astype(np.uint8)[:, None, None, None]
    prefix.with_suffix(".rgb").write_bytes(images.tobytes())
    colors = np.stack([rng.permutation(4)[:BLOCKS] for _ in range(frames)]).astype(np.float32)
    chunks = np.zeros((frames, BLOCKS + 1, HORIZON, ACTION_DIM), dtype=np.float32)
    chunks[..., :6] = level[:, None, None, None] + 0.01 * np.arange(BLOCKS + 1)[:, None, None]
    chunks[:, BLOCKS, :, 6] = 1
    rows = np.concatenate([colors, np.ones((frames, BLOCKS), np.float32), chunks.reshape(frames, -1)], 1)
    prefix.with_suffix(".f32").write_bytes(rows.astype(np.float32).tobytes())
    return prefix


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    data = write_demonstrations(folder / "data")
    out = folder / "bundle"
    arguments = ["--data", data, "--language", LANGUAGE, "--out", out, "--steps", 3, "--batch-size", 8, "--width", 8]
    command = [sys.executable, "-m", "pick_policy", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT / "python", check=True, timeout=300)
    return out


def golden_inputs(bundle: Path) -> tuple[np.ndarray, np.ndarray]:
    golden = json.loads((bundle / "golden.json").read_text())
    pixels = np.frombuffer(base64.b64decode(golden["images"]["front"]["data"]), np.uint8).reshape(1, SIZE, SIZE, 3)
    image = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).astype(np.float32) / 255
    return image, np.array([golden["tokenIds"]], dtype=np.int64)


def test_the_model_takes_any_batch_and_gives_chunks(bundle):
    for batch in (1, 3):
        image = np.random.default_rng(0).random((batch, 3, SIZE, SIZE), dtype=np.float32)
        text = np.ones((batch, 16), dtype=np.int64)
        actions = run_onnx(bundle / "model.onnx", image, text)
        assert actions.shape == (batch, HORIZON, ACTION_DIM)
        assert ((actions[..., 6] >= 0) & (actions[..., 6] <= 1)).all()


def test_the_models_pass_the_checker_and_stay_small(bundle):
    for name in ("model.onnx", "model.uint8.onnx"):
        onnx.checker.check_model(onnx.load(bundle / name))
        assert (bundle / name).stat().st_size <= 2 * 1024**2


@pytest.mark.parametrize("folder", ["trained", "shipped"])
def test_the_checkpoint_is_the_network_that_was_exported(bundle, folder):
    folder = bundle if folder == "trained" else ROOT / "examples" / "policies" / "pick"
    image, text = golden_inputs(folder)
    with torch.no_grad():
        actions = checkpoint.load(folder / "checkpoint.safetensors")(torch.tensor(image), torch.tensor(text))
    np.testing.assert_allclose(actions.numpy(), run_onnx(folder / "model.onnx", image, text), atol=1e-4)


def test_quantising_shrinks_the_model_and_keeps_its_answers(bundle):
    image, text = golden_inputs(bundle)
    comparison = compare(bundle / "model.onnx", bundle / "model.uint8.onnx", image, text)
    assert comparison["reduction_percent"] > 20
    assert 0 < comparison["joint_max_abs_rad"] < 0.05
    operators = {node.op_type for node in onnx.load(bundle / "model.uint8.onnx").graph.node}
    assert {"DynamicQuantizeLinear", "MatMulInteger"} <= operators


def test_the_manifest_holds_the_checksums_of_its_files(bundle):
    manifest = json.loads((bundle / "policy.json").read_text())
    artifacts = manifest["stages"]["models"][0]["artifacts"]
    named = [*artifacts, manifest["inputs"]["text"]["tokenizer"]]
    assert len(named) == 3
    for entry in named:
        assert hashlib.sha256((bundle / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]


@pytest.mark.parametrize(("precision", "file"), [("float32", "model.onnx"), ("uint8-dynamic", "model.uint8.onnx")])
def test_node_gives_the_same_numbers(bundle, precision, file):
    script = ROOT / "python" / "tests" / "infer.ts"
    command = ["node", "--import", "tsx", str(script), str(bundle), precision]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    in_python = run_onnx(bundle / file, *golden_inputs(bundle)).ravel()
    np.testing.assert_allclose(json.loads(result.stdout), in_python, atol=1e-4)


def test_training_lowers_the_loss_and_is_repeatable(tmp_path):
    language = Language(LANGUAGE)
    prefix = write_demonstrations(tmp_path / "data", seed=5)

    def run(steps: int) -> tuple[float, torch.Tensor]:
        torch.manual_seed(0)
        data = Demonstrations([prefix], language, seed=0)
        net = PickPolicy(len(language.vocabulary), 8, *data.joint_statistics())
        # The average of the weights needs some hundred steps to follow; the network itself shows the learning.
        train(net, data, steps, 16, 3e-3, 0, lambda _: None)
        data = Demonstrations([prefix], language, seed=1)
        with torch.no_grad():
            loss = chunk_loss(net, *data.batch(data.training, augment=False)).item()
        return loss, net.from_points.weight.detach().clone()

    short, _ = run(1)
    trained, weights = run(100)
    again, same_weights = run(100)
    assert trained < 0.5 * short
    assert again == trained
    assert torch.equal(weights, same_weights)


def test_labels_and_images_of_different_length_are_refused(tmp_path):
    prefix = write_demonstrations(tmp_path / "data")
    with prefix.with_suffix(".rgb").open("ab") as file:
        file.write(bytes(SIZE * SIZE * 3))
    with pytest.raises(ValueError, match="61 images but 60 labels"):
        Demonstrations([prefix], Language(LANGUAGE), seed=0)


def test_the_batch_asks_for_what_it_is_labelled_with(tmp_path):
    language = Language(LANGUAGE)
    data = Demonstrations([write_demonstrations(tmp_path / "data")], language, seed=0)
    words = {identifier: word for word, identifier in language.vocabulary.items()}
    index = np.repeat(data.training[:20], 10)
    _, text, target = data.batch(index, augment=False)
    for row, frame in enumerate(index):
        sentence = {words[int(identifier)] for identifier in text[row] if identifier}
        named = [i for i, synonyms in enumerate(language.colors.values()) if sentence & set(synonyms)]
        on_table = data.block_colors[frame].tolist()
        expected = on_table.index(named[0]) if len(named) == 1 and named[0] in on_table else BLOCKS
        assert torch.equal(target[row], data.chunks[frame, expected])


def test_forward_kinematics_agree_with_the_stretched_arm():
    straight_up = tool_position(torch.zeros(1, 6))
    torch.testing.assert_close(straight_up, torch.tensor([[0.0, 0.0, 0.18 + 0.32 + 0.30 + 0.18]]))
    sideways = torch.tensor([[torch.pi / 2, torch.pi / 2, 0.0, 0.0, 0.0, 0.0]])
    torch.testing.assert_close(tool_position(sideways), torch.tensor([[0.0, 0.80, 0.18]]), atol=1e-6, rtol=0)
