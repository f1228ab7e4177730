"""The pieces of the export in one process: what is wrong is one message, and no code of a file ever runs."""

import errno
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from jetson_vla_tools import checkpoint, exporter_errors, factory, network_run, onnx_export, parity
from jetson_vla_tools.errors import ToolError
from jetson_vla_tools.model_inputs import InputSpec, random_inputs

POLICIES = Path(__file__).parents[2] / "test" / "fixtures" / "export" / "policies.py"
IMAGE = InputSpec("image", "float32", (1, 3, 16, 16), {0: "batch"}, 0, 1)
TEXT = InputSpec("text", "int64", (1, 6), {0: "batch"}, 0, 6)


def load(name: str, file: Path | None = None) -> torch.nn.Module:
    return factory.load(str(POLICIES), name, file).module


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    subprocess.run([sys.executable, POLICIES, folder], check=True, timeout=120)
    return folder


def refusal(run, *arguments, **options) -> ToolError:
    with pytest.raises(ToolError) as caught:
        run(*arguments, **options)
    return caught.value


class TestCheckpoint:
    @pytest.mark.parametrize("name", ["whole.pt", "wrapped.pt", "whole.safetensors"])
    def test_the_weights_of_every_common_form_are_read(self, checkpoints, name):
        fresh, loaded = load("make"), load("make", checkpoints / name)
        for (key, value), other in zip(fresh.state_dict().items(), loaded.state_dict().values(), strict=True):
            assert torch.equal(value + 0.5, other), key

    @pytest.mark.parametrize("name", ["truncated.pt", "truncated.safetensors"])
    def test_a_truncated_file_is_said_to_be_one(self, checkpoints, name):
        error = refusal(load, "make", checkpoints / name)
        assert error.code == "CHECKPOINT_INVALID"
        assert "truncated, damaged" in str(error)
        assert f"it has {(checkpoints / name).stat().st_size} bytes" in (error.hint or "")

    @pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x05garbage", b"PK\x03\x04"])
    def test_a_file_of_anything_else_is_no_checkpoint(self, tmp_path, content):
        file = tmp_path / "any.pt"
        file.write_bytes(content)
        assert refusal(load, "make", file).code == "CHECKPOINT_INVALID"

    def test_objects_are_never_unpickled(self, checkpoints):
        error = refusal(load, "make", checkpoints / "pickled.pt")
        assert "would run code of the file's own" in str(error)
        assert "state_dict" in (error.hint or "")

    def test_every_weight_that_does_not_fit_is_named(self, checkpoints):
        assert str(refusal(load, "make", checkpoints / "other.pt")).split("\n")[1:] == [
            "missing: words.weight",
            "not in the policy: extra.scale",
            "of another shape: head.weight [5, 12] instead of [12, 12]",
        ]

    def test_weights_that_are_no_numbers_are_named(self, tmp_path):
        state = load("make").state_dict()
        state["eye.bias"][0] = float("nan")
        torch.save(state, tmp_path / "nan.pt")
        error = refusal(load, "make", tmp_path / "nan.pt")
        assert "with NaN or infinite values: eye.bias" in str(error)

    def test_a_dictionary_without_tensors_is_told_by_its_keys(self, tmp_path):
        torch.save({"epoch": 3, "loss": 0.1}, tmp_path / "log.pt")
        assert "found dict with the keys epoch, loss" in str(refusal(load, "make", tmp_path / "log.pt"))

    def test_weights_are_found_beside_tensors_that_are_none_of_them(self, tmp_path):
        file = tmp_path / "training.pt"
        weights = load("make").state_dict()
        torch.save({"best_loss": torch.tensor(0.1), "model": {"width": 3}, "policy": {"state_dict": weights}}, file)
        assert load("make", file).state_dict().keys() == weights.keys()

    def test_a_network_on_the_meta_device_takes_its_values_from_the_file(self, checkpoints, tmp_path):
        code = "import torch\ndef make():\n    with torch.device('meta'):\n        return torch.nn.Linear(2, 3)\n"
        (tmp_path / "meta.py").write_text(code)
        torch.save({"weight": torch.ones(3, 2), "bias": torch.zeros(3)}, tmp_path / "meta.pt")
        network = factory.load(str(tmp_path / "meta.py"), "make", tmp_path / "meta.pt").module
        assert network(torch.ones(1, 2)).tolist() == [[2.0, 2.0, 2.0]]
        error = refusal(factory.load, str(tmp_path / "meta.py"), "make", None)
        assert error.code == "EXPORT_FAILED"
        assert "weight and 1 more on the meta device: without values" in str(error)

    def test_the_sha256_is_that_of_the_file(self, tmp_path):
        (tmp_path / "a").write_bytes(b"abc")
        assert checkpoint.sha256(tmp_path / "a").startswith("ba7816bf8f01cfea")


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_refused_before_an_exporter_stumbles_over_it(tmp_path):
    (tmp_path / "script.py").write_text(
        "import torch\ndef make():\n    return torch.nn.Sequential(torch.jit.script(torch.nn.Linear(2, 3)))\n"
    )
    error = refusal(factory.load, str(tmp_path / "script.py"), "make", None)
    assert error.code == "EXPORT_FAILED"
    assert "returned TorchScript" in str(error)


class TestFirstRun:
    def test_the_batch_may_be_anything(self):
        network, actions = network_run.first_run(load("make"), [IMAGE, TEXT], 0)
        assert actions.shape == (1, 4, 3)
        assert network_run.run(network, random_inputs([IMAGE, TEXT], 5, 0)).shape == (5, 4, 3)

    @pytest.mark.parametrize(
        ("name", "specs", "message"),
        [
            ("make", [IMAGE], r"does not take the 1 inputs .* image float32 \[1, 3, 16, 16\]"),
            (
                "make",
                [InputSpec("image", "float32", (1, 16, 16, 3), {0: "batch"}, 0, 1), TEXT],
                r"fails in PyTorch already: RuntimeError: .*policies\.py:\d+, in see\); it was given image",
            ),
            ("make", [IMAGE, InputSpec("text", "int64", (1, 6), {}, 900, 900)], r"IndexError"),
            ("flat", [IMAGE, TEXT], r"expected actions \[1, waypoints, values\], it gave \[1, 12\]"),
            ("nan", [IMAGE, TEXT], r"12 of the 12 values .* NaN"),
            ("single", [IMAGE, TEXT], r"takes a batch of 1 and fails with a batch of 2"),
        ],
    )
    def test_what_is_wrong_is_one_message(self, name, specs, message):
        error = refusal(network_run.first_run, load(name), specs, 0)
        assert error.code == "EXPORT_FAILED"
        assert re.search(message, str(error)), str(error)

    def test_what_forward_writes_into_its_inputs_stays_there(self):
        class Centred(torch.nn.Module):
            def forward(self, image):
                return image.sub_(0.5).mean((2, 3)).unsqueeze(1)

        network, _ = network_run.first_run(Centred(), [IMAGE], 0)
        inputs = random_inputs([IMAGE], 1, 0)
        assert np.array_equal(network_run.run(network, inputs), network_run.run(network, inputs))
        assert np.array_equal(inputs["image"], random_inputs([IMAGE], 1, 0)["image"])

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
    def test_actions_of_another_type_are_named(self, dtype):
        class Other(torch.nn.Module):
            def forward(self, image):
                return image.mean((2, 3)).unsqueeze(1).to(dtype)

        error = refusal(network_run.first_run, Other(), [IMAGE], 0)
        assert str(error).endswith(f"of type float32, it gave {str(dtype).removeprefix('torch.')}")

    def test_a_tuple_of_several_values_is_not_guessed_at(self):
        error = refusal(network_run.actions_of, (torch.zeros(1, 4, 3), torch.zeros(1)))
        assert "gave a tuple of 2 values" in str(error)


class TestExport:
    def export(self, name: str, file: Path, exporter: str, opset: int = 18, warnings: list[str] | None = None):
        specs = [IMAGE, TEXT]
        network, actions = network_run.first_run(load(name), specs, 0)
        warn = (warnings if warnings is not None else []).append
        exported = onnx_export.export(network, specs, actions.shape, file, opset=opset, exporter=exporter, warn=warn)
        return network, exported

    @pytest.mark.parametrize(("exporter", "opset"), [("dynamo", 18), ("dynamo", 20), ("legacy", 13), ("legacy", 20)])
    def test_the_file_has_the_names_sizes_and_opset_asked_for(self, tmp_path, exporter, opset):
        file = tmp_path / "model.onnx"
        network, _ = self.export("make", file, exporter, opset)
        graph = onnx.load(file).graph
        shapes = {
            value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
            for value in [*graph.input, *graph.output]
        }
        assert shapes == {"image": ["batch", 3, 16, 16], "text": ["batch", 6], "actions": ["batch", 4, 3]}
        assert str(POLICIES.parent).encode() not in file.read_bytes()
        samples = {f"batch {batch}": random_inputs([IMAGE, TEXT], batch, batch) for batch in (1, 2, 7)}
        found = parity.compare(
            lambda inputs: network_run.run(network, inputs), parity.onnx_runner(file, "actions"), samples
        )
        assert found["samples"] == 3
        assert found["maxAbs"] < 1e-5
        assert found["cosine"] > 0.999999

    @pytest.mark.parametrize("exporter", ["dynamo", "legacy"])
    def test_weights_that_are_too_large_for_one_file_lie_beside_the_model(self, tmp_path, monkeypatch, exporter):
        monkeypatch.setattr(onnx_export, "_LARGEST_IN_ONE_FILE", 0)
        # What else the pipeline keeps there is none of the exporter's business.
        (tmp_path / ".tensors").mkdir()
        file = tmp_path / "model.onnx"
        network, exported = self.export("heavy", file, exporter)
        data = tmp_path / exported.external_data
        assert {entry.name for entry in tmp_path.iterdir()} == {"model.onnx", data.name, ".tensors"}
        assert file.stat().st_size < data.stat().st_size
        assert data.stat().st_mode == file.stat().st_mode
        samples = {"batch 2": random_inputs([IMAGE, TEXT], 2, 0)}
        run = parity.onnx_runner(file, "actions")
        assert parity.compare(lambda inputs: network_run.run(network, inputs), run, samples)["maxAbs"] < 1e-5

    def test_auto_falls_back_and_says_why(self, tmp_path, monkeypatch):
        def broken(*_arguments, **_options):
            raise RuntimeError("it cannot be captured today")

        monkeypatch.setattr(torch.export, "export", broken)
        _, exported = self.export("make", tmp_path / "model.onnx", "auto")
        assert (exported.exporter, exported.fallback) == ("legacy", "the dynamo exporter: it cannot be captured today")

    def test_a_way_that_depends_on_data_is_refused_at_its_line(self, tmp_path):
        error = refusal(self.export, "one_way", tmp_path / "model.onnx", "auto")
        line = POLICIES.read_text().split("\n").index("        if image[0, 0, 0, 0] > 0.5:") + 1
        assert f"policies.py:{line}, in forward" in str(error)

    def test_an_operator_that_is_lacking_is_named(self, tmp_path):
        error = refusal(self.export, "decomposed", tmp_path / "model.onnx", "auto")
        assert "aten.linalg_qr, called at" in str(error)
        assert "aten::linalg_qr" in str(error)

    @pytest.mark.parametrize("exporter", ["dynamo", "legacy"])
    def test_a_full_disk_is_said_to_be_one(self, tmp_path, exporter):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # The model has one and a half megabytes; the kernel refuses all beyond half of one.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, hard))
        try:
            error = refusal(self.export, "heavy", tmp_path / "model.onnx", exporter)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert error.code == "WRITE_FAILED"
        assert "model.onnx cannot be written: File too large" in str(error)

    def test_a_full_disk_is_found_behind_other_errors(self, tmp_path):
        full = RuntimeError("could not save")
        full.__cause__ = OSError(errno.ENOSPC, "No space left on device")
        error = refusal(exporter_errors.raise_when_disk_is_full, full, tmp_path / "model.onnx")
        assert "No space left on device" in str(error)


class TestParity:
    def test_the_figures_are_those_of_their_definitions(self):
        rng = np.random.default_rng(0)
        wanted = [rng.normal(size=(1, 4, 3)).astype(np.float32) for _ in range(3)]
        got = [value + rng.normal(0, 0.01, value.shape).astype(np.float32) for value in wanted]
        answers = iter(zip(wanted, got, strict=True))
        pair: list[np.ndarray] = []

        def first(_inputs):
            pair[:] = next(answers)
            return pair[0]

        found = parity.compare(first, lambda _inputs: pair[1], {"a": {}, "b": {}, "c": {}})
        w, g = np.stack(wanted).astype(np.float64), np.stack(got).astype(np.float64)
        assert found["maxAbs"] == pytest.approx(np.abs(w - g).max())
        assert found["meanAbs"] == pytest.approx(np.abs(w - g).mean())
        assert found["cosine"] == pytest.approx((w * g).sum() / np.sqrt((w * w).sum() * (g * g).sum()))
        assert found["worst"] == "abc"[int(np.abs(w - g).reshape(3, -1).max(1).argmax())]
        assert found["scale"] == pytest.approx(np.abs(w).max())

    def test_an_answer_that_is_no_number_is_the_worst(self):
        one = np.ones((1, 2, 2), np.float32)
        found = parity.compare(lambda _: one, lambda _: one * np.nan, {"a": {}})
        assert (found["maxAbs"], found["worst"]) == (None, "a")

    def test_a_fixed_size_in_the_exported_file_is_an_error(self):
        error = refusal(parity.compare, lambda _: np.ones((3, 2, 2)), lambda _: np.ones((1, 2, 2)), {"three": {}})
        assert str(error) == "three: PyTorch gives actions [3, 2, 2], the exported file [1, 2, 2]"


def test_random_inputs_stay_in_their_range_and_follow_their_seed():
    specs = [
        IMAGE,
        TEXT,
        InputSpec("mask", "bool", (1, 2), {}, 0, 1),
        InputSpec("k", "float32", (2,), {}, 0, 9, (4, 5)),
    ]
    first, again, other = (random_inputs(specs, 3, seed) for seed in (1, 1, 2))
    assert {name: value.shape for name, value in first.items()} == {
        "image": (3, 3, 16, 16),
        "text": (3, 6),
        "mask": (1, 2),
        "k": (2,),
    }
    assert set(first["text"].ravel()) <= set(range(7))
    assert first["text"].max() == 6
    assert first["k"].tolist() == [4, 5]
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["image"], other["image"])
