"""Explicit low precision through NVIDIA ModelOpt, where the user has installed it: TensorRT 11 takes nothing else."""

import importlib
import re
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx

from . import model_files
from .errors import ToolError
from .quantise_onnxruntime import Feed, Observations, transposes_before_products
from .quantise_selection import Selection

INSTALL = 'python -m pip install "nvidia-modelopt[onnx]"'
#: Operators that ModelOpt gives Q/DQ nodes because of their own work, not because of a neighbour.
QDQ_TYPES = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})


def require() -> str:
    """Version of ModelOpt."""
    try:
        return version("nvidia-modelopt")
    except PackageNotFoundError as error:
        raise ToolError(
            "QUANTISE_FAILED",
            "this mode needs NVIDIA ModelOpt, which this Python does not have",
            f"Install it with: {INSTALL}; then name that Python with --python.",
        ) from error


def insert_qdq(model: onnx.ModelProto, selection: Selection, feeds: list[Feed], number: str) -> onnx.ModelProto:
    """Q/DQ nodes of `int8` or `fp8` around the heavy operators; all else but inputs and outputs becomes float16."""
    quantization = _module("modelopt.onnx.quantization")
    with tempfile.TemporaryDirectory(prefix="jetson-vla-") as folder:
        # A copy: ModelOpt writes to the file that it is given.
        source, target = Path(folder, "source.onnx"), Path(folder, "quantised.onnx")
        large = bool(model_files.save(model, source))
        quantization.quantize(
            str(source),
            quantize_mode=number,
            calibration_data_reader=Observations(feeds),
            calibration_eps=["cpu"],
            nodes_to_exclude=_expressions(selection.exact),
            use_external_data_format=large,
            output_path=str(target),
            high_precision_dtype="fp16",
            # Exact by their type only: ModelOpt takes no names here.
            op_types_to_exclude_fp16=["Transpose"] if transposes_before_products(model) else None,
        )
        return model_files.load(target)


def autocast(model: onnx.ModelProto, selection: Selection, feeds: list[Feed], number: str) -> onnx.ModelProto:
    """Mixed `fp16` or `bf16`: nodes whose values leave the type's range on the observations stay float32."""
    conversion = _module("modelopt.onnx.autocast")
    with tempfile.TemporaryDirectory(prefix="jetson-vla-") as folder:
        source, observations = Path(folder, "source.onnx"), Path(folder, "observations")
        model_files.save(model, source)
        observations.mkdir()
        for index, feed in enumerate(feeds):
            np.savez(observations / f"{index:06}.npz", **feed)
        return conversion.convert_to_mixed_precision(
            str(source),
            low_precision_type=number,
            nodes_to_exclude=_expressions([*selection.exact, *transposes_before_products(model)]),
            keep_io_types=True,
            calibration_data=str(observations),
            providers=["cpu"],
        )


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ToolError(
            "QUANTISE_FAILED", f"NVIDIA ModelOpt is incomplete here: {error}", f"Install it with: {INSTALL}"
        ) from error


def _expressions(names: Sequence[str]) -> list[str]:
    """ModelOpt takes regular expressions, which it matches at the beginning of a name."""
    return [f"{re.escape(name)}$" for name in names]
