"""Quantisation with onnxruntime's own tools: dynamic, static, and float16."""

import copy
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from . import model_files
from .quantise_selection import Selection

#: Operators that hold nearly all weights and work. Others gain nothing in 8 bits, and lose accuracy.
DYNAMIC_TYPES = frozenset({"Conv", "Gather", "Gemm", "LSTM", "MatMul"})
STATIC_TYPES = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
CALIBRATION = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}
FLOAT16_MAX = float(np.finfo(np.float16).max)

Feed = dict[str, np.ndarray]


def prepare(model: onnx.ModelProto) -> tuple[onnx.ModelProto, list[str]]:
    """
    Folds constants and infers the shapes that quantisation needs.

    Returns the model and what could not be done, one line each: a model without some shapes can be quantised too.
    """
    problems = []
    with tempfile.TemporaryDirectory(prefix="jetson-vla-") as folder:
        source, target = Path(folder, "source.onnx"), Path(folder, "prepared.onnx")
        for step in ({}, {"skip_symbolic_shape": True}, {"skip_symbolic_shape": True, "skip_optimization": True}):
            large = bool(model_files.save(model, source))
            try:
                quant_pre_process(source, target, save_as_external_data=large, all_tensors_to_one_file=large, **step)
                return model_files.with_names(model_files.load(target)), problems
            except Exception as error:
                problems.append(f"preparing the model failed with {type(error).__name__}: {_first_line(error)}")
    return model, problems


def dynamic(model: onnx.ModelProto, selection: Selection) -> onnx.ModelProto:
    """Weights to unsigned 8 bits; activations are quantised as they come."""
    with tempfile.TemporaryDirectory(prefix="jetson-vla-") as folder:
        source, target = Path(folder, "source.onnx"), Path(folder, "quantised.onnx")
        large = bool(model_files.save(model, source))
        quantize_dynamic(
            source,
            target,
            weight_type=QuantType.QUInt8,
            op_types_to_quantize=_types(model, selection),
            nodes_to_exclude=_excluded(model, selection),
            use_external_data_format=large,
        )
        return model_files.load(target)


def static(
    model: onnx.ModelProto,
    selection: Selection,
    feeds: Iterable[Feed],
    method: str,
    symmetric: bool,
    cache: Path | None = None,
) -> onnx.ModelProto:
    """
    Explicit Q/DQ nodes with ranges from the observations. Symmetric: signed activations around zero and exact biases,
    which TensorRT takes; else unsigned ones and 32-bit biases, which ONNX Runtime runs fastest on a CPU.
    """
    with tempfile.TemporaryDirectory(prefix="jetson-vla-") as folder:
        source, target = Path(folder, "source.onnx"), Path(folder, "quantised.onnx")
        large = bool(model_files.save(model, source))
        quantize_static(
            source,
            target,
            Observations(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=_types(model, selection),
            nodes_to_exclude=_excluded(model, selection),
            per_channel=model_files.opset(model) >= 13,
            activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CALIBRATION[method],
            use_external_data_format=large,
            extra_options={"ActivationSymmetric": symmetric, "WeightSymmetric": True, "QuantizeBias": not symmetric},
            **({} if cache is None else {"calibration_cache_path": cache}),
        )
        return model_files.load(target)


def half(model: onnx.ModelProto, selection: Selection) -> onnx.ModelProto:
    """Weights and activations to float16; inputs and outputs stay float32, as policy.json says."""
    chosen = set(selection.changed)
    exact = {node.name for node in model.graph.node if node.op_type != "Constant" and node.name not in chosen}
    blocked = sorted(exact.union(transposes_before_products(model)))
    converted = convert_float_to_float16(copy.deepcopy(model), keep_io_types=True, node_block_list=blocked)
    # Conversions are put at the end of the graph; a valid model has every node after those that it needs.
    ordered = OnnxModel(converted)
    ordered.topological_sort()
    # The converter leaves the old types on what an exact node gives.
    del ordered.model.graph.value_info[:]
    return ordered.model


def transposes_before_products(model: onnx.ModelProto) -> list[str]:
    """
    Nodes that stay float32 in every 16-bit model: ONNX Runtime crashes on x86 processors where it merges a 16-bit
    Transpose into a MatMul (https://github.com/microsoft/onnxruntime/issues/28392, as of 1.32).
    """
    multiplied = {name for node in model.graph.node if node.op_type == "MatMul" for name in node.input}
    return [node.name for node in model.graph.node if node.op_type == "Transpose" and node.output[0] in multiplied]


def beyond_float16(model: onnx.ModelProto) -> list[str]:
    """Names of the weights that hold values that float16 has not."""
    return [
        tensor.name
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
        and (np.abs(onnx.numpy_helper.to_array(tensor)) > FLOAT16_MAX).any()
    ]


class Observations(CalibrationDataReader):
    """Observations, one after the other, as the calibrators ask for them."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._feeds = list(feeds)
        self.rewind()

    def get_next(self) -> Feed | None:
        return next(self._rest, None)

    def get_first(self) -> Feed:
        """Without moving on: ModelOpt tries a model out with it."""
        return self._feeds[0]

    def rewind(self) -> None:
        self._rest = iter(self._feeds)

    def __len__(self) -> int:
        return len(self._feeds)


def _types(model: onnx.ModelProto, selection: Selection) -> list[str]:
    changed = set(selection.changed)
    types = {node.op_type for node in model.graph.node if node.name in changed}
    # The dynamic quantiser makes a product and a sum of every Gemm before it looks for what it may quantise.
    return sorted(types | ({"MatMul"} if "Gemm" in types else set()))


def _excluded(model: onnx.ModelProto, selection: Selection) -> list[str]:
    changed = set(selection.changed)
    exact = [node for node in model.graph.node if node.name not in changed]
    return [node.name for node in exact] + [f"{node.name}_MatMul" for node in exact if node.op_type == "Gemm"]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")
