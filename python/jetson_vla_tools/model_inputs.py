"""What the policy's network takes, and random examples of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class InputSpec:
    """One input, as lib/toolchain/export/input-specs.ts describes it."""

    name: str
    dtype: str
    #: With a batch of 1.
    shape: tuple[int, ...]
    #: Names of the axes whose size is open.
    open_axes: dict[int, str]
    #: What values lie between, both ends included for whole numbers.
    low: float
    high: float
    #: A constant vector instead of random values.
    values: tuple[float, ...] | None = None

    @staticmethod
    def parse(json: dict[str, Any]) -> InputSpec:
        values = json.get("values")
        return InputSpec(
            json["name"],
            json["dtype"],
            tuple(json["shape"]),
            {int(axis): name for axis, name in json["openAxes"].items()},
            json["low"],
            json["high"],
            None if values is None else tuple(values),
        )

    @property
    def batched(self) -> bool:
        return 0 in self.open_axes

    def random(self, batch: int, rng: np.random.Generator) -> np.ndarray:
        """Uniform values in the input's range; `batch` counts only where the batch is open."""
        shape = (batch, *self.shape[1:]) if self.batched else self.shape
        if self.values is not None:
            return np.broadcast_to(np.array(self.values, self.dtype), shape).copy()
        if self.dtype.startswith("float"):
            return rng.uniform(self.low, self.high, shape).astype(self.dtype)
        return rng.integers(int(self.low), int(self.high), shape, endpoint=True).astype(self.dtype)


def random_inputs(specs: list[InputSpec], batch: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {spec.name: spec.random(batch, rng) for spec in specs}


def described(specs: list[InputSpec]) -> str:
    return ", ".join(f"{spec.name} {spec.dtype} {list(spec.shape)}" for spec in specs)
