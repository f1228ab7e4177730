"""Names and sizes in an exported file as the bundle's manifest says them."""

from collections.abc import Iterable
from pathlib import Path

import onnx

from .model_inputs import InputSpec


def tidy(file: Path, specs: list[InputSpec], output: str, shape: tuple[int, ...], batch: str | None) -> None:
    """
    Gives open axes their names, the output its known sizes, and takes out what the exporters note about the machine
    that they ran on: paths of source files in stack traces.
    """
    model = onnx.load(file, load_external_data=False)
    graph = model.graph
    names = _names_of_symbols(graph.input, specs)
    for value in [*graph.input, *graph.output, *graph.value_info]:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in names:
                dim.dim_param = names[dim.dim_param]
    sizes = (batch or shape[0], *shape[1:])
    for value in graph.output:
        if value.name == output:
            kind = value.type.tensor_type.elem_type
            value.CopyFrom(onnx.helper.make_tensor_value_info(output, kind, sizes))
    for nodes in (graph.node, *(function.node for function in model.functions)):
        for node in nodes:
            node.ClearField("doc_string")
            del node.metadata_props[:]
    for value in [*graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        value.ClearField("doc_string")
        del value.metadata_props[:]
    graph.ClearField("doc_string")
    del graph.metadata_props[:]
    file.write_bytes(model.SerializeToString())


def _names_of_symbols(inputs: Iterable[onnx.ValueInfoProto], specs: list[InputSpec]) -> dict[str, str]:
    names = {}
    by_name = {value.name: value for value in inputs}
    for spec in specs:
        value = by_name.get(spec.name)
        if value is None:
            continue
        dims = value.type.tensor_type.shape.dim
        for axis, name in spec.open_axes.items():
            if dims[axis].dim_param:
                names[dims[axis].dim_param] = name
    return names
