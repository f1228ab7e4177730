"""Each conversion on real models, made on the spot and run with ONNX Runtime."""

import importlib.util
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from jetson_vla_tools import model_files, quantise, quantise_modelopt, quantise_onnxruntime, tensors
from jetson_vla_tools.errors import ToolError
from jetson_vla_tools.quantise_search import keep_what_matters
from jetson_vla_tools.quantise_selection import Selection, select
from pick_policy import export

PICK = Path(__file__).parents[2] / "examples" / "policies" / "pick"


def small_model(width: int = 64, names: bool = True) -> onnx.ModelProto:
    """image (batch, 3, 16, 16) → Conv → Transpose → MatMul, and a Gemm of the mean: actions (batch, 4, 7)."""
    rng = np.random.default_rng(0)

    def weight(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(rng.normal(0, 0.1, shape).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["image", "patch"], ["patches"], kernel_shape=[8, 8], strides=[8, 8], name="conv"),
        helper.make_node("Reshape", ["patches", "shape"], ["rows"], name="reshape"),
        helper.make_node("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1], name="turn"),
        helper.make_node("MatMul", ["tokens", "inner"], ["hidden"], name="inner_product"),
        helper.make_node("Relu", ["hidden"], ["active"], name="relu"),
        helper.make_node("MatMul", ["active", "outer"], ["actions"], name="outer_product"),
    ]
    if not names:
        for node in nodes:
            node.name = ""
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 16, 16])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, ["batch", 4, 7])],
        [
            weight("patch", width, 3, 8, 8),
            numpy_helper.from_array(np.array([0, width, 4], dtype=np.int64), "shape"),
            weight("inner", width, 4 * width),
            weight("outer", 4 * width, 7),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


class Talk:
    """Stands for Node: collects what is said, and answers with the deviation that onnxruntime finds."""

    def __init__(self, original: Path, feed: dict[str, np.ndarray]) -> None:
        self.warnings: list[str] = []
        self.labels: list[str] = []
        self.asked = 0
        self._original = original
        self._feed = feed

    def progress(self, label: str, fraction: float | None = None) -> None:
        assert fraction is None or 0 <= fraction <= 1
        self.labels.append(label)

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def ask(self, name: str, payload: dict[str, str]) -> float:
        assert name == "deviation"
        self.asked += 1
        return float(np.abs(answer(self._original, self._feed) - answer(Path(payload["file"]), self._feed)).max())


def answer(path: Path, feed: dict[str, np.ndarray]) -> np.ndarray:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(["actions"], feed)[0]


@pytest.fixture
def feed() -> dict[str, np.ndarray]:
    return {"image": np.random.default_rng(1).random((1, 3, 16, 16), dtype=np.float32)}


@pytest.fixture
def talk(tmp_path: Path, feed) -> Talk:
    onnx.save(small_model(), tmp_path / "model.onnx")
    return Talk(tmp_path / "model.onnx", feed)


def request(folder: Path, feed: dict[str, np.ndarray], mode: str, **other) -> dict:
    return {
        "mode": mode,
        "model": str(folder / "model.onnx"),
        "output": str(folder / "result.onnx"),
        "format": "int8",
        "calibration": "minmax",
        "symmetric": True,
        "only": [],
        "keep": [],
        "folder": str(folder),
        "samples": [tensors.write(folder, "sample", feed)],
        "autoKeep": None,
    } | other


@pytest.mark.parametrize(("mode", "share", "close"), [("uint8", 0.4, 0.05), ("int8", 0.4, 0.05), ("fp16", 0.6, 0.005)])
def test_a_model_gets_smaller_and_gives_nearly_the_same(tmp_path, feed, talk, mode, share, close):
    result = quantise.run(request(tmp_path, feed, mode), talk)
    source, made = tmp_path / "model.onnx", tmp_path / "result.onnx"
    assert made.stat().st_size < share * source.stat().st_size
    assert 0 < np.abs(answer(source, feed) - answer(made, feed)).max() < close
    onnx.checker.check_model(made, full_check=True)
    assert result["externalData"] == []
    assert result["opset"] == 18
    assert onnxruntime.__version__ in result["tool"]
    for of in (source, made):
        graph = onnx.load(of).graph
        assert [(i.name, i.type.tensor_type.elem_type) for i in [*graph.input, *graph.output]] == [
            ("image", TensorProto.FLOAT),
            ("actions", TensorProto.FLOAT),
        ]


@pytest.mark.parametrize("calibration", ["minmax", "entropy", "percentile"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_symmetric_models_have_no_zero_points_and_no_quantised_biases(tmp_path, feed, talk, calibration, symmetric):
    quantise.run(request(tmp_path, feed, "int8", calibration=calibration, symmetric=symmetric), talk)
    model = onnx.load(tmp_path / "result.onnx")
    tensors_by_name = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    zero_points = [tensors_by_name[node.input[2]] for node in nodes]
    assert nodes
    assert {zero.dtype for zero in zero_points} == {np.dtype(np.int8 if symmetric else np.uint8)}
    if symmetric:
        assert all((zero == 0).all() for zero in zero_points)


def test_what_is_kept_stays_exact_and_what_only_names_is_all_that_changes(tmp_path, feed, talk):
    kept = quantise.run(request(tmp_path, feed, "int8", keep=["inner*", "Conv"]), talk)
    assert kept["exact"] == ["conv", "inner_product"]
    weights = {tensor.name: tensor.data_type for tensor in onnx.load(tmp_path / "result.onnx").graph.initializer}
    assert weights["inner"] == weights["patch"] == TensorProto.FLOAT
    assert "outer" not in weights
    quantise.run(request(tmp_path, feed, "int8", only=["Conv"]), talk)
    weights = {tensor.name: tensor.data_type for tensor in onnx.load(tmp_path / "result.onnx").graph.initializer}
    assert weights["inner"] == weights["outer"] == TensorProto.FLOAT
    assert "patch" not in weights


def test_nodes_without_names_get_some(tmp_path, feed):
    onnx.save(small_model(names=False), tmp_path / "model.onnx")
    talk = Talk(tmp_path / "model.onnx", feed)
    assert quantise.run(request(tmp_path, feed, "fp16", keep=["Conv_0"]), talk)["exact"] == ["Conv_0"]


def test_a_pattern_that_fits_nothing_is_told_with_names_that_exist(tmp_path, feed, talk):
    with pytest.raises(ToolError, match="like nowhere") as caught:
        quantise.run(request(tmp_path, feed, "uint8", keep=["nowhere"]), talk)
    assert caught.value.code == "INVALID_ARGUMENT"
    assert "outer_product" in caught.value.hint


def test_a_model_without_anything_to_quantise_is_refused(tmp_path, feed, talk):
    model = small_model()
    del model.graph.node[:]
    model.graph.node.append(helper.make_node("Relu", ["image"], ["actions"]))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("actions", TensorProto.FLOAT, ["batch", 3, 16, 16]))
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ToolError, match="nothing to quantise") as caught:
        quantise.run(request(tmp_path, feed, "uint8"), talk)
    assert caught.value.code == "QUANTISE_FAILED"


def test_a_quantised_model_is_not_quantised_again(tmp_path, feed, talk):
    quantise.run(request(tmp_path, feed, "int8"), talk)
    (tmp_path / "result.onnx").rename(tmp_path / "model.onnx")
    with pytest.raises(ToolError, match="quantised already: it has DequantizeLinear, QuantizeLinear"):
        quantise.run(request(tmp_path, feed, "fp16"), talk)


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x0a\x12\x04test"])
def test_a_file_that_is_no_model_is_told(tmp_path, feed, talk, content):
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(ToolError) as caught:
        quantise.run(request(tmp_path, feed, "uint8"), talk)
    assert caught.value.code == "MODEL_INVALID"


def test_weights_that_float16_cannot_hold_are_told(tmp_path, feed, talk):
    model = small_model()
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.full((64, 3, 8, 8), 1e5, np.float32), "patch"))
    onnx.save(model, tmp_path / "model.onnx")
    quantise.run(request(tmp_path, feed, "fp16"), talk)
    assert any(warning.startswith("patch has values beyond") for warning in talk.warnings)


def test_a_transpose_before_a_product_stays_float32_in_16_bit_models():
    model = small_model()
    assert quantise_onnxruntime.transposes_before_products(model) == ["turn"]
    halved = quantise_onnxruntime.half(model, select(model, None, [], []))
    types = {
        tensor.name: tensor.type.tensor_type.elem_type
        for tensor in onnx.shape_inference.infer_shapes(halved).graph.value_info
    }
    turned = next(node for node in halved.graph.node if node.op_type == "Transpose").output[0]
    assert types[turned] == TensorProto.FLOAT


def test_large_models_keep_their_weights_in_a_file_beside_them(tmp_path, monkeypatch):
    monkeypatch.setattr(model_files, "INSIDE_AT_MOST", 1000)
    assert model_files.save(small_model(), tmp_path / "model.onnx") == ["model.onnx.data"]
    feed = {"image": np.ones((1, 3, 16, 16), np.float32)}
    talk = Talk(tmp_path / "model.onnx", feed)
    for mode in ("uint8", "int8", "fp16"):
        assert quantise.run(request(tmp_path, feed, mode), talk)["externalData"] == ["result.onnx.data"]
        assert np.abs(answer(tmp_path / "model.onnx", feed) - answer(tmp_path / "result.onnx", feed)).max() < 0.1
        (tmp_path / "result.onnx.data").unlink()
        (tmp_path / "result.onnx").unlink()


def test_the_search_keeps_no_more_than_it_takes(tmp_path, feed, talk):
    loose = talk.ask("deviation", {"file": _quantised(tmp_path, feed, talk)})
    talk.asked = 0
    result = quantise.run(request(tmp_path, feed, "int8", autoKeep=loose * 0.9), talk)
    assert 0 < len(result["exact"]) < 3
    assert np.abs(answer(tmp_path / "model.onnx", feed) - answer(tmp_path / "result.onnx", feed)).max() <= loose * 0.9
    assert talk.asked > 1
    talk.asked = 0
    assert quantise.run(request(tmp_path, feed, "int8", autoKeep=loose), talk)["exact"] == []
    assert talk.asked == 1


def _quantised(folder: Path, feed, talk) -> str:
    quantise.run(request(folder, feed, "int8"), talk)
    return str(folder / "result.onnx")


def test_a_search_finds_the_nodes_that_matter_among_hundreds():
    names = tuple(f"node{index}" for index in range(240))
    harmful = {"node17": 5.0, "node200": 3.0}
    calls = []

    def deviation(selection: Selection) -> float:
        calls.append(selection)
        return sum(harmful.get(name, 0.001) for name in selection.changed)

    found = keep_what_matters(Selection(names, ("first",)), deviation, 1.0, lambda fraction: None)
    assert set(harmful) <= set(found.exact)
    assert "first" in found.exact
    assert len(found.exact) == 1 + 2 * 10
    assert len(calls) <= 1 + 24 + 5


def test_a_search_that_finds_nothing_says_so():
    with pytest.raises(ToolError, match="whichever nodes stay exact") as caught:
        keep_what_matters(Selection(("a", "b"), ()), lambda selection: 2.0, 1.0, lambda fraction: None)
    assert caught.value.code == "ACCURACY_LOST"


def test_the_policy_of_the_demo_is_quantised_as_it_was_shipped(tmp_path):
    export.quantise(PICK / "model.onnx", tmp_path / "result.onnx")
    shipped, made = (onnx.load(path).graph for path in (PICK / "model.uint8.onnx", tmp_path / "result.onnx"))
    assert [node.op_type for node in made.node] == [node.op_type for node in shipped.node]
    assert {tensor.name: tensor.raw_data for tensor in made.initializer} == {
        tensor.name: tensor.raw_data for tensor in shipped.initializer
    }


@pytest.mark.skipif(importlib.util.find_spec("modelopt") is not None, reason="ModelOpt is installed")
@pytest.mark.parametrize("mode", ["qdq", "autocast"])
def test_modes_of_modelopt_say_how_to_install_it(tmp_path, feed, talk, mode):
    with pytest.raises(ToolError, match="NVIDIA ModelOpt") as caught:
        quantise.run(request(tmp_path, feed, mode, format="fp16"), talk)
    assert caught.value.code == "QUANTISE_FAILED"
    assert quantise_modelopt.INSTALL in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("modelopt") is None, reason="ModelOpt is not installed")
@pytest.mark.parametrize(
    ("mode", "number", "close"), [("qdq", "int8", 0.05), ("qdq", "fp8", 0.2), ("autocast", "fp16", 0.005)]
)
def test_modelopt_converts_a_copy_and_keeps_what_it_is_told(tmp_path, feed, talk, mode, number, close):
    before = (tmp_path / "model.onnx").read_bytes()
    result = quantise.run(request(tmp_path, feed, mode, format=number, keep=["outer_product"]), talk)
    assert (tmp_path / "model.onnx").read_bytes() == before
    assert result["exact"] == ["outer_product"]
    assert np.abs(answer(tmp_path / "model.onnx", feed) - answer(tmp_path / "result.onnx", feed)).max() < close
    types = {node.op_type for node in onnx.load(tmp_path / "result.onnx").graph.node}
    assert ("QuantizeLinear" in types) == (mode == "qdq")
