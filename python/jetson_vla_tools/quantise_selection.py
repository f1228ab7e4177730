"""Which nodes of a model change their precision, and which stay as they are."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

import onnx

from .errors import ToolError

#: Names shown where a pattern fits none.
SHOWN = 12


@dataclass(frozen=True)
class Selection:
    """Names of the nodes of one graph, in its order."""

    changed: tuple[str, ...]
    exact: tuple[str, ...]

    def keeping(self, more: set[str]) -> "Selection":
        """The same, with these nodes exact as well."""
        return Selection(
            changed=tuple(name for name in self.changed if name not in more),
            exact=self.exact + tuple(name for name in self.changed if name in more),
        )


def select(model: onnx.ModelProto, types: frozenset[str] | None, only: list[str], keep: list[str]) -> Selection:
    """
    `types` are the operators that the mode changes unless the user names others with `only`; None means all. A pattern
    fits a node by its name or its operator.
    """
    nodes = [node for node in model.graph.node if node.op_type != "Constant"]
    wanted = [node for node in nodes if (_fits(node, only) if only else types is None or node.op_type in types)]
    for pattern in [*only, *keep]:
        if not any(_fits(node, [pattern]) for node in nodes):
            candidates = [node.name for node in nodes if types is None or node.op_type in types]
            raise ToolError(
                "INVALID_ARGUMENT",
                f"no node of this model has a name or operator like {pattern}",
                f"Some of its nodes: {', '.join(candidates[:SHOWN])}",
            )
    if not wanted:
        raise ToolError(
            "QUANTISE_FAILED",
            f"this model has nothing to quantise: no {', '.join(sorted(types or ()))}",
            "Choose another --mode.",
        )
    exact = {node.name for node in wanted if _fits(node, keep)}
    names = [node.name for node in wanted]
    return Selection(tuple(name for name in names if name not in exact), tuple(name for name in names if name in exact))


def _fits(node: onnx.NodeProto, patterns: list[str]) -> bool:
    return any(fnmatchcase(node.name, pattern) or node.op_type == pattern for pattern in patterns)
