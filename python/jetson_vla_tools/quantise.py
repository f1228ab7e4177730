"""`quantise`: an ONNX model in, one of a lower precision out. The accuracy is measured in Node, as robots run it."""

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import onnx

from . import model_files, quantise_modelopt, quantise_onnxruntime, tensors
from .errors import ToolError
from .protocol import Channel
from .quantise_search import keep_what_matters
from .quantise_selection import Selection, select

#: Operators of models that somebody quantised before.
QUANTISED_TYPES = frozenset({"DequantizeLinear", "DynamicQuantizeLinear", "QuantizeLinear", "MatMulNBits"})


@dataclass(frozen=True)
class Conversion:
    """One mode, ready for one model."""

    model: onnx.ModelProto
    #: Operators that change by default; None: all of them.
    types: frozenset[str] | None
    tool: str
    convert: Callable[[Selection], onnx.ModelProto]


def run(request: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """
    The request: `model` and `output` (paths), `mode`, `format`, `calibration`, `symmetric`, `only` and `keep`
    (patterns), `folder` and `samples` (observations as tensor files), `autoKeep` (a tolerance, or null).

    Asks `deviation` with a file, and gets the largest difference from the original; null when it is no number.
    """
    channel.progress("Reading the model")
    source = model_files.with_names(model_files.load(Path(request["model"])))
    found = sorted({node.op_type for node in source.graph.node} & QUANTISED_TYPES)
    if found:
        raise ToolError(
            "QUANTISE_FAILED", f"this model is quantised already: it has {', '.join(found)}", "Give the float32 model."
        )
    with tempfile.TemporaryDirectory(prefix="jetson-vla-") as scratch:
        conversion = _conversion(request, source, channel, Path(scratch))
        selection = select(conversion.model, conversion.types, request["only"], request["keep"])
        if request["autoKeep"] is not None:
            selection = _search(conversion, selection, request["autoKeep"], channel, Path(scratch))
        channel.progress("Quantising")
        converted = _convert(conversion, selection)
    converted.producer_name, converted.producer_version = source.producer_name, source.producer_version
    channel.progress("Checking the model")
    output = Path(request["output"])
    return {
        "externalData": model_files.save(converted, output),
        "opset": model_files.opset(converted),
        "tool": conversion.tool,
        "exact": list(selection.exact),
    }


def _conversion(request: dict[str, Any], source: onnx.ModelProto, channel: Channel, scratch: Path) -> Conversion:
    feeds = [tensors.read(Path(request["folder"]), files) for files in request["samples"]]
    runtime = f"onnxruntime {version('onnxruntime')}"
    match request["mode"]:
        case "uint8":
            prepared = _prepare(source, channel)
            types = quantise_onnxruntime.DYNAMIC_TYPES
            return Conversion(
                prepared, types, f"{runtime} quantize_dynamic", lambda it: quantise_onnxruntime.dynamic(prepared, it)
            )
        case "int8":
            prepared = _prepare(source, channel)
            # Ranges do not depend on what stays exact, so a search measures them once.
            cache = scratch / "ranges.json" if request["autoKeep"] is not None else None
            return Conversion(
                prepared,
                quantise_onnxruntime.STATIC_TYPES,
                f"{runtime} quantize_static",
                lambda it: quantise_onnxruntime.static(
                    prepared, it, feeds, request["calibration"], request["symmetric"], cache
                ),
            )
        case "fp16":
            for name in quantise_onnxruntime.beyond_float16(source):
                channel.warn(f"{name} has values beyond the range of float16, which are cut off: keep its node exact")
            return Conversion(source, None, f"{runtime} float16", lambda it: quantise_onnxruntime.half(source, it))
        case "qdq":
            tool = f"nvidia-modelopt {quantise_modelopt.require()} quantize"
            return Conversion(
                source,
                quantise_modelopt.QDQ_TYPES,
                tool,
                lambda it: quantise_modelopt.insert_qdq(source, it, feeds, request["format"]),
            )
        case "autocast":
            tool = f"nvidia-modelopt {quantise_modelopt.require()} autocast"
            return Conversion(
                source, None, tool, lambda it: quantise_modelopt.autocast(source, it, feeds, request["format"])
            )
        case mode:
            raise ToolError("INVALID_ARGUMENT", f"there is no mode {mode}")


def _prepare(source: onnx.ModelProto, channel: Channel) -> onnx.ModelProto:
    channel.progress("Inferring shapes")
    prepared, problems = quantise_onnxruntime.prepare(source)
    for problem in problems:
        channel.warn(problem)
    return prepared


def _convert(conversion: Conversion, selection: Selection) -> onnx.ModelProto:
    try:
        return conversion.convert(selection)
    except (ToolError, MemoryError, OSError):
        raise
    except Exception as error:
        first = next(iter(str(error).strip().splitlines()), "no message")
        raise ToolError(
            "QUANTISE_FAILED",
            f"{conversion.tool} failed: {type(error).__name__}: {first}",
            "Leave the node that it names exact with --keep, or see all that it prints with --verbose.",
        ) from error


def _search(
    conversion: Conversion, selection: Selection, tolerance: float, channel: Channel, scratch: Path
) -> Selection:
    candidate = scratch / "candidate.onnx"

    def deviation(of: Selection) -> float:
        model_files.save(_convert(conversion, of), candidate)
        answer = channel.ask("deviation", {"file": str(candidate)})
        return math.inf if answer is None else answer

    label = "Looking for the nodes that have to stay exact"
    channel.progress(label, 0)
    return keep_what_matters(selection, deviation, tolerance, lambda fraction: channel.progress(label, fraction))
