"""Reading a LeRobot policy directory: statistics in both layouts, and everything that can be wrong with one."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from fixtures.act_directory import CONFIG, MEAN, features, random_statistics, random_weights, write_directory
from fixtures.act_directory import write_legacy as write_legacy_directory
from jetson_vla_tools.errors import ToolError
from jetson_vla_tools.lerobot import load, resnet
from jetson_vla_tools.lerobot.act import Act
from jetson_vla_tools.lerobot.act_config import read_act_config

CAMERAS = {"front": (64, 48), "wrist": (32, 32)}
WEIGHTS, PREPROCESSOR = "model.safetensors", "policy_preprocessor.json"
STATISTICS = "policy_preprocessor_step_0_normalizer_processor.safetensors"


class Recorder:
    """A channel that only remembers."""

    def __init__(self):
        self.warnings = []

    def progress(self, label, fraction=None):
        pass

    def warn(self, message):
        self.warnings.append(message)


@pytest.fixture(scope="module", autouse=True)
def small_backbone():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resnet, "WIDTHS", (4, 8, 8, 16))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("policies")
    config = CONFIG | features(CAMERAS, 6, 7)
    network = Act(read_act_config(config))
    weights = {f"model.{name}": value for name, value in random_weights(network.state_dict().items()).items()}
    weights["model.vae_encoder.layers.0.linear1.weight"] = torch.zeros(2, 2)
    statistics = random_statistics(CAMERAS, 6, 7)
    write_directory(folder / "current", config, weights, statistics)
    write_legacy_directory(folder / "legacy", folder / "current", statistics)
    return folder, statistics


@pytest.fixture
def policy(made, tmp_path):
    return shutil.copytree(made[0] / "current", tmp_path / "policy")


@pytest.fixture
def legacy(made, tmp_path):
    return shutil.copytree(made[0] / "legacy", tmp_path / "legacy")


def change_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_tensors(path, change):
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def change_step(policy, index, **changes):
    """None takes the entry away."""
    path = policy / PREPROCESSOR
    pipeline = json.loads(path.read_text())
    step = pipeline["steps"][index] | changes
    pipeline["steps"][index] = {name: value for name, value in step.items() if value is not None}
    path.write_text(json.dumps(pipeline))


def refusal(directory):
    with pytest.raises(ToolError) as caught:
        load(directory, Recorder())
    return caught.value


def test_a_directory_says_all_but_names_units_and_time(made):
    folder, statistics = made
    manifest = load(folder / "current", Recorder()).manifest
    front, wrist = manifest["inputs"]["cameras"]
    assert (front["id"], front["resize"]) == ("front", {"h": 64, "w": 48, "mode": "none"})
    assert (wrist["id"], wrist["layout"], wrist["color"]) == ("wrist", "CHW", "rgb")
    assert front["scale"] == 1 / 255
    np.testing.assert_allclose(front["mean"], MEAN, rtol=1e-7)
    assert "dims" not in manifest["inputs"]["state"]
    assert "dims" not in manifest["action"]
    assert manifest["chunk"] == {"horizon": 8, "execute": 5}
    [norm] = manifest["action"]["norm"]
    assert (norm["mode"], norm["slice"], norm["eps"]) == ("mean_std", [0, 7], {"value": 1e-8, "on": "forward"})
    assert np.array_equal(np.float32(norm["mean"]), statistics["action"]["mean"])
    assert np.array_equal(np.float32(norm["std"]), statistics["action"]["std"])
    [model] = manifest["stages"]["models"]
    assert [entry["from"] for entry in model["inputs"]] == ["camera:front", "camera:wrist", "state"]
    assert model["outputs"] == [{"name": "actions", "dtype": "float32", "shape": ["batch", 8, 7]}]


def test_both_layouts_are_the_same_policy(made):
    folder, _ = made
    current, legacy = (load(folder / layout, Recorder()) for layout in ("current", "legacy"))
    for part in ("inputs", "action", "stages", "chunk"):
        assert current.manifest[part] == legacy.manifest[part]
    inputs = torch.randn(1, 3, 64, 48), torch.randn(1, 3, 32, 32), torch.randn(1, 6)
    assert torch.equal(current.module(*inputs), legacy.module(*inputs))
    assert "model.safetensors" in legacy.manifest["provenance"]["normStatsFrom"]


def test_the_network_is_ready_to_run(made):
    loaded = load(made[0] / "current", Recorder())
    assert not loaded.module.training
    assert all(value.dtype == torch.float32 for value in loaded.module.state_dict().values())
    assert len(loaded.weights_sha256) == 64


def test_half_precision_weights_are_widened(policy):
    before = load(policy, Recorder()).module.action_head.weight
    change_tensors(
        policy / WEIGHTS, lambda tensors: tensors.update({name: value.half() for name, value in tensors.items()})
    )
    after = load(policy, Recorder()).module.action_head.weight
    assert after.dtype == torch.float32
    torch.testing.assert_close(after, before, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("mode", "names", "entry"),
    [
        ("MIN_MAX", ("min", "max"), ("min", "max")),
        ("QUANTILES", ("q01", "q99"), ("lo", "hi")),
        ("QUANTILE10", ("q10", "q90"), ("lo", "hi")),
    ],
)
def test_ranges_use_the_statistics_of_their_mode(made, policy, mode, names, entry):
    config = json.loads((policy / PREPROCESSOR).read_text())["steps"][0]["config"]
    change_step(policy, 0, config=config | {"norm_map": {"VISUAL": "IDENTITY", "STATE": mode}})
    manifest = load(policy, Recorder()).manifest
    [norm] = manifest["inputs"]["state"]["norm"]
    for statistic, field in zip(names, entry, strict=True):
        assert np.array_equal(np.float32(norm[field]), made[1]["observation.state"][statistic])
    assert norm["eps"] == {"value": 1e-8, "on": "zero_range"}
    assert "mean" not in manifest["inputs"]["cameras"][0]


def test_older_ranges_have_eps_in_every_divisor(legacy):
    change_json(legacy / "config.json", normalization_mapping={"STATE": "MIN_MAX", "ACTION": "MIN_MAX"})
    manifest = load(legacy, Recorder()).manifest
    assert manifest["action"]["norm"][0]["eps"]["on"] == "forward"


def test_pixels_in_a_range_become_a_mean_and_a_deviation(policy):
    config = json.loads((policy / PREPROCESSOR).read_text())["steps"][0]["config"]
    change_step(policy, 0, config=config | {"norm_map": {"VISUAL": "MIN_MAX"}})
    manifest = load(policy, Recorder()).manifest
    # From 0 … 1 to −1 … 1.
    assert manifest["inputs"]["cameras"][0]["mean"] == [0.5, 0.5, 0.5]
    assert manifest["inputs"]["cameras"][0]["std"] == [0.5, 0.5, 0.5]
    assert manifest["inputs"]["state"]["norm"] == []


def test_features_that_the_normaliser_leaves_out_stay_as_they_are(policy):
    config = json.loads((policy / PREPROCESSOR).read_text())["steps"][0]["config"]
    change_step(policy, 0, config=config | {"normalize_observation_keys": ["observation.images.front"]})
    manifest = load(policy, Recorder()).manifest
    assert "mean" in manifest["inputs"]["cameras"][0]
    assert "mean" not in manifest["inputs"]["cameras"][1]
    assert manifest["inputs"]["state"]["norm"] == []


def test_a_renamed_camera_is_known_by_both_names(policy):
    renamed = {"observation.images.cam0": "observation.images.front"}
    change_step(policy, 1, registry_name="rename_observations_processor", config={"rename_map": renamed})
    assert load(policy, Recorder()).manifest["inputs"]["cameras"][0]["aliases"] == ["cam0"]


def test_a_state_value_that_never_changed_is_warned_of(policy):
    change_tensors(policy / STATISTICS, lambda tensors: tensors["observation.state.std"].__setitem__(4, 0))
    recorder = Recorder()
    load(policy, recorder)
    assert len(recorder.warnings) == 1
    assert "observation.state[4] never changed" in recorder.warnings[0]


def test_a_data_set_gives_names_robot_and_time(policy, tmp_path):
    names = [f"joint_{index}" for index in range(6)]
    (tmp_path / "data" / "meta").mkdir(parents=True)
    features = {
        "observation.state": {"shape": [6], "names": {"motors": names}},
        "action": {"shape": [7], "names": [*names, "gripper"]},
        "observation.images.front": {"shape": [64, 48, 3], "names": ["height", "width", "channels"]},
    }
    info = {"fps": 50, "robot_type": "so101_follower", "features": features}
    (tmp_path / "data" / "meta" / "info.json").write_text(json.dumps(info))
    manifest = load(policy, Recorder(), tmp_path / "data").manifest
    assert [dim["name"] for dim in manifest["action"]["dims"]] == [*names, "gripper"]
    assert manifest["inputs"]["state"]["dims"][0] == {"name": "joint_0"}
    assert manifest["chunk"]["dt"] == 0.02
    assert manifest["robot"] == {"embodiment": "so101_follower"}


def test_training_tells_where_the_policy_comes_from(policy):
    training = {"job_name": "act_so101", "dataset": {"repo_id": "somebody/pick"}}
    (policy / "train_config.json").write_text(json.dumps(training))
    change_json(policy / "config.json", temporal_ensemble_coeff=0.01, n_action_steps=1, license="apache-2.0")
    manifest = load(policy, Recorder()).manifest
    assert manifest["provenance"]["source"] == "act_so101"
    assert manifest["provenance"]["dataset"] == "somebody/pick"
    assert manifest["id"] == "act-so101"
    assert manifest["chunk"]["ensembleCoeff"] == 0.01
    assert manifest["licence"] == {"weights": "apache-2.0"}


def without(name):
    return lambda tensors: tensors.pop(name)


def setting(name, value):
    return lambda tensors: tensors.__setitem__(name, torch.tensor(value))


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (WEIGHTS, without("model.action_head.bias"), "missing: model.action_head.bias"),
        (WEIGHTS, without("model.backbone.bn1.running_var"), "missing: model.backbone.bn1.running_var"),
        (WEIGHTS, setting("model.extra.weight", [1.0]), "unknown: model.extra.weight"),
        (WEIGHTS, setting("model.action_head.bias", [1.0]), "model.action_head.bias [1], expected [7]"),
        (WEIGHTS, setting("model.action_head.bias", [float("nan")] * 7), "not finite: model.action_head.bias"),
        (STATISTICS, without("observation.state.std"), "expected the statistics std of observation.state"),
        (STATISTICS, setting("observation.state.mean", [0.0] * 5), "observation.state.mean: expected 6 values, got 5"),
        (
            STATISTICS,
            setting("observation.state.std", [float("inf")] * 6),
            "state.std[0]: expected a finite number",
        ),
        (STATISTICS, setting("observation.state.std", [1.0, -1, 1, 1, 1, 1]), "std[1]: expected at least 0, got -1"),
        (STATISTICS, setting("observation.images.front.std", [0.0] * 3), "channels that differ"),
    ],
)
def test_wrong_tensors_are_named(policy, file, change, message):
    change_tensors(policy / file, change)
    error = refusal(policy)
    assert error.code == "CHECKPOINT_INVALID"
    assert message in str(error)


def test_many_missing_weights_make_one_short_message(policy):
    save_file({"model.action_head.bias": torch.zeros(7)}, policy / WEIGHTS)
    message = str(refusal(policy))
    assert " more" in message
    assert len(message) < 400


@pytest.mark.parametrize("file", ["config.json", PREPROCESSOR])
@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "no valid JSON"), ("[]", "expected a JSON object"), ("\udcff", "no valid JSON")],
)
def test_broken_json_is_named(policy, file, content, message):
    (policy / file).write_text(content, encoding="utf-8", errors="surrogateescape")
    error = refusal(policy)
    assert error.code == "CHECKPOINT_INVALID"
    assert file in str(error)
    assert message in str(error)


@pytest.mark.parametrize("file", [WEIGHTS, STATISTICS])
@pytest.mark.parametrize("kept", [0, 4, 300, -8])
def test_truncated_tensors_are_named(policy, file, kept):
    content = (policy / file).read_bytes()
    (policy / file).write_bytes(content[:kept])
    error = refusal(policy)
    assert error.code == "CHECKPOINT_INVALID"
    assert f"{file} is no complete safetensors file" in str(error)


@pytest.mark.parametrize("file", ["config.json", WEIGHTS, STATISTICS, "policy_postprocessor.json"])
def test_missing_files_are_named(policy, file):
    (policy / file).unlink()
    error = refusal(policy)
    assert error.code == "CHECKPOINT_INVALID"
    assert f"expected {file} in" in str(error)


def test_a_pointer_of_git_lfs_is_told_from_a_broken_file(policy):
    (policy / WEIGHTS).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    error = refusal(policy)
    assert "Git LFS pointer" in str(error)
    assert "git lfs pull" in error.hint


def test_no_statistics_at_all_are_asked_for(policy):
    for file in (PREPROCESSOR, "policy_postprocessor.json"):
        (policy / file).unlink()
    assert "found neither" in str(refusal(policy))


def test_legacy_statistics_that_were_never_filled_in_are_refused(legacy):
    name = "normalize_inputs.buffer_observation_state.mean"
    change_tensors(legacy / WEIGHTS, setting(name, [float("inf")] * 6))
    error = refusal(legacy)
    assert "expected a finite number, got inf" in str(error)
    assert "never filled in" in error.hint


@pytest.mark.parametrize(
    ("index", "step", "message"),
    [
        (1, {"registry_name": "my_clever_step"}, "got my_clever_step"),
        (1, {"registry_name": None, "class": "mine.Step"}, "got mine.Step"),
        (
            0,
            {
                "config": {
                    "eps": 1e-8,
                    "features": {"observation.state": {"type": "STATE"}},
                    "norm_map": {"STATE": "LOG"},
                }
            },
            "in mode LOG",
        ),
    ],
)
def test_processing_that_is_not_known_is_refused(policy, index, step, message):
    change_step(policy, index, **step)
    error = refusal(policy)
    assert error.code == "UNSUPPORTED_POLICY"
    assert message in str(error)
    assert "module:factory" in error.hint


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"state_file": "../elsewhere.safetensors"}, "a file in the same directory"),
        ({"state_file": None}, "expected the statistics mean and std"),
        ({"config": {}}, "expected norm_map to be an object"),
    ],
)
def test_a_normaliser_without_what_it_needs_is_refused(policy, step, message):
    change_step(policy, 0, **step)
    error = refusal(policy)
    assert error.code == "CHECKPOINT_INVALID"
    assert message in str(error)
