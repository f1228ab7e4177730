"""PyTorch to an ONNX file that was checked."""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch

from .errors import ToolError
from .exporter_errors import depends_on_data, first_line, raise_when_disk_is_full, unsupported_operator
from .model_inputs import InputSpec, random_inputs
from .onnx_tidy import tidy
from .user_code import chain, place_of, summary

#: Of each exporter: what it writes without converting, which is what can be relied upon.
OPSETS = {"dynamo": (18, 23), "legacy": (13, 20)}
#: A protocol buffer ends at 2 GiB; the rest of the graph needs room too.
_LARGEST_IN_ONE_FILE = 1_800_000_000
_TRACED_ONCE = re.compile(r"Converting a tensor to a (Python \w+|NumPy array)")


@dataclass(frozen=True)
class Exported:
    exporter: str
    opset: int
    #: Why the exporter that was tried first gave up.
    fallback: str | None
    #: Beside the model; None when the weights are in it.
    external_data: str | None


class _NotExported(Exception):
    """This exporter cannot do it; another one may."""


def export(
    network: torch.nn.Module,
    specs: list[InputSpec],
    shape: tuple[int, ...],
    file: Path,
    *,
    opset: int,
    exporter: str,
    warn: Callable[[str], None],
) -> Exported:
    """
    Writes `file` with the inputs of `specs` and the output `actions` of `shape` (batch 1). Where the batch of every
    input is open, that of the output is too.

    Raises EXPORT_FAILED; WRITE_FAILED when the disk is full.
    """
    candidates = [name for name, (least, most) in OPSETS.items() if least <= opset <= most]
    chosen = candidates if exporter == "auto" else [exporter]
    failure: str | None = None
    for name in chosen:
        try:
            external = _EXPORTERS[name](network, specs, file, opset, warn)
        except _NotExported as error:
            failure = f"the {name} exporter: {error}" if failure is None else f"{failure}\nthe {name} exporter: {error}"
            continue
        batched = all(spec.batched for spec in specs)
        try:
            tidy(file, specs, "actions", shape, "batch" if batched else None)
        except OSError as error:
            raise_when_disk_is_full(error, file)
            raise
        _check(file, opset, name)
        return Exported(name, opset, failure, external)
    raise ToolError(
        "EXPORT_FAILED",
        f"the policy cannot be exported to ONNX opset {opset}:\n{failure}",
        "Write that part of forward with operations that ONNX has, or with tensors only.",
    )


def _dynamo(
    network: torch.nn.Module, specs: list[InputSpec], file: Path, opset: int, warn: Callable[[str], None]
) -> str | None:
    axes: dict[str, torch.export.Dim] = {}
    open_axes = tuple(
        {axis: axes.setdefault(name, torch.export.Dim(name)) for axis, name in spec.open_axes.items()} for spec in specs
    )
    program = _exported_program(network, _examples(specs), open_axes)
    large = _bytes_of(network) > _LARGEST_IN_ONE_FILE
    try:
        made = torch.onnx.export(
            program,
            input_names=[spec.name for spec in specs],
            output_names=["actions"],
            opset_version=opset,
            dynamo=True,
            external_data=large,
            verbose=False,
        )
        if made is None:
            raise _NotExported("it gave no model")
        made.save(str(file), external_data=large)
    except (Exception, SystemExit) as error:
        raise_when_disk_is_full(error, file)
        if isinstance(error, _NotExported):
            raise
        raise _NotExported(unsupported_operator(error, program) or summary(list(chain(error))[-1])) from error
    return f"{file.name}.data" if large else None


def _exported_program(
    network: torch.nn.Module, examples: tuple[torch.Tensor, ...], open_axes: tuple[dict, ...]
) -> torch.export.ExportedProgram:
    first: Exception | None = None
    # Each of the two ways of torch.export takes programs that the other one does not.
    for strict in (False, True):
        try:
            return torch.export.export(network, examples, dynamic_shapes=(open_axes,), strict=strict)
        except Exception as error:
            if depends_on_data(error):
                raise ToolError(
                    "EXPORT_FAILED",
                    "which way forward goes depends on the values of a tensor, and a graph has one way only: "
                    + (place_of(error) or summary(error)),
                    "Choose between values with torch.where instead of if, while or a loop over a tensor's values.",
                ) from error
            first = first or error
    raise _NotExported(first_line(first)) from first


def _legacy(
    network: torch.nn.Module, specs: list[InputSpec], file: Path, opset: int, warn: Callable[[str], None]
) -> str | None:
    large = _bytes_of(network) > _LARGEST_IN_ONE_FILE
    before = set(file.parent.iterdir())
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.onnx.export(
                network,
                _examples(specs),
                str(file),
                input_names=[spec.name for spec in specs],
                output_names=["actions"],
                dynamic_axes={
                    **{spec.name: spec.open_axes for spec in specs if spec.open_axes},
                    **({"actions": {0: "batch"}} if all(spec.batched for spec in specs) else {}),
                },
                opset_version=opset,
                dynamo=False,
            )
        if large:
            # The exporter writes one file per tensor, a bundle names one.
            model = onnx.load(file)
            parts = set(file.parent.iterdir()) - before - {file}
            location = f"{file.name}.data"
            onnx.save_model(model, str(file), save_as_external_data=True, location=location, size_threshold=0)
            # The onnx package lets only its own user read it.
            shutil.copymode(file, file.parent / location)
            for part in parts:
                part.unlink()
    except (Exception, SystemExit) as error:
        raise_when_disk_is_full(error, file)
        operator = re.search(r"[Ee]xporting the operator '([\w:]+)'", str(error))
        raise _NotExported(
            f"ONNX opset {opset} has no operator for {operator[1]}" if operator else summary(error)
        ) from error
    for warning in caught:
        if _TRACED_ONCE.search(str(warning.message)):
            what = first_line(warning.message).split(" might cause")[0]
            warn(
                f"{Path(warning.filename).name}:{warning.lineno}: {what}: the legacy exporter "
                "records one way through forward; the comparison with PyTorch shows whether there are others"
            )
    return f"{file.name}.data" if large else None


_EXPORTERS = {"dynamo": _dynamo, "legacy": _legacy}


def _examples(specs: list[InputSpec]) -> tuple[torch.Tensor, ...]:
    # A batch of 2: a size of 1 is taken for one that never changes.
    return tuple(torch.from_numpy(value) for value in random_inputs(specs, 2, 0).values())


def _bytes_of(network: torch.nn.Module) -> int:
    return sum(value.nbytes for value in network.state_dict().values())


def _check(file: Path, opset: int, exporter: str) -> None:
    try:
        # By path: a model with external data does not fit into one message.
        onnx.checker.check_model(str(file), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ToolError(
            "EXPORT_FAILED",
            f"the {exporter} exporter wrote a file that onnx.checker refuses: {first_line(error)}",
            "Try the other one with --exporter, or another --opset.",
        ) from error
    written = {entry.domain: entry.version for entry in onnx.load(file, load_external_data=False).opset_import}
    if written.get("") != opset:
        raise ToolError(
            "EXPORT_FAILED",
            f"asked for opset {opset}, the {exporter} exporter wrote {written.get('')}",
            "Try the other one with --exporter, or another --opset.",
        )
