"""How one feature is normalised, and how a manifest says so."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .files import invalid, unsupported

#: The statistics that a mode of LeRobot needs: mean and spread, or the two ends of the range that becomes −1 … 1.
STATISTICS = {
    "MEAN_STD": ("mean", "std"),
    "MIN_MAX": ("min", "max"),
    "QUANTILES": ("q01", "q99"),
    "QUANTILE10": ("q10", "q90"),
}
QUANTILES = {"QUANTILES": [0.01, 0.99], "QUANTILE10": [0.1, 0.9]}


@dataclass(frozen=True)
class Rule:
    """A mode, and what keeps its divisor from being 0."""

    mode: str
    eps: float = 1e-8
    #: Older LeRobot adds eps to every range on the way in; today's puts it only where a range is 0.
    eps_in_ranges: bool = False


@dataclass(frozen=True)
class Normalisation:
    """The rule of one feature with its statistics, float32 [values]; both are None in mode IDENTITY."""

    rule: Rule
    first: np.ndarray | None = None
    second: np.ndarray | None = None

    def spread(self) -> np.ndarray:
        """What the values are divided by, before eps: standard deviations, or sizes of ranges. Empty for IDENTITY."""
        if self.first is None or self.second is None:
            return np.empty(0, np.float32)
        return self.second if self.rule.mode == "MEAN_STD" else self.second - self.first

    def norm(self) -> list[dict[str, Any]]:
        """Entries of `norm` in policy.json that cover the whole vector."""
        if self.first is None or self.second is None:
            return []
        mode = self.rule.mode
        whole = {"slice": [0, len(self.first)]}
        first, second = decimals(self.first), decimals(self.second)
        on = "forward" if mode == "MEAN_STD" or self.rule.eps_in_ranges else "zero_range"
        eps = {"eps": {"value": self.rule.eps, "on": on}}
        if mode == "MEAN_STD":
            return [{**whole, "mode": "mean_std", "mean": first, "std": second, **eps}]
        if mode == "MIN_MAX":
            return [{**whole, "mode": "min_max", "min": first, "max": second, **eps}]
        return [{**whole, "mode": "quantile", "q": QUANTILES[mode], "lo": first, "hi": second, **eps}]

    def pixels(self) -> dict[str, list[float]]:
        """`mean` and `std` of a camera whose values are 0 … 1; {} where they stay so."""
        if self.first is None or self.second is None:
            return {}
        if self.rule.mode == "MEAN_STD":
            return {"mean": decimals(self.first), "std": decimals(self.second + np.float32(self.rule.eps))}
        # 2 (x − low) / (high − low) − 1, written as (x − mean) / std.
        eps = np.float32(self.rule.eps if self.rule.eps_in_ranges else 0)
        std = (self.spread() + eps) / 2
        return {"mean": decimals(self.first + std), "std": decimals(std)}


def normalisation(key: str, width: int, rule: Rule, statistics: dict[str, np.ndarray], where: str) -> Normalisation:
    """
    Raises ToolError CHECKPOINT_INVALID when a statistic of the feature is missing, has another number of values than
    `width`, or holds values that nothing can be normalised with.
    """
    if rule.mode == "IDENTITY":
        return Normalisation(rule)
    if rule.mode not in STATISTICS:
        raise unsupported(
            f"{key} is normalised in mode {rule.mode}, expected one of IDENTITY, {', '.join(STATISTICS)}",
            "Give the policy as module:factory, with the normalisation inside the module.",
        )
    missing = [name for name in STATISTICS[rule.mode] if name not in statistics]
    if missing:
        raise invalid(
            f"{where}: expected the statistics {' and '.join(missing)} of {key} for mode {rule.mode}, found none",
            "Save the policy again with the statistics of its data set, or copy the processor files as well.",
        )
    first, second = (_checked(f"{where}: {key}.{name}", statistics[name], width) for name in STATISTICS[rule.mode])
    lower = 0 if rule.mode == "MEAN_STD" else first
    if (second < lower).any():
        index = int((second < lower).argmax())
        upper_name = STATISTICS[rule.mode][1]
        floor = 0 if rule.mode == "MEAN_STD" else first[index]
        raise invalid(f"{where}: {key}.{upper_name}[{index}]: expected at least {floor}, got {second[index]}")
    return Normalisation(rule, first, second)


def decimals(values: np.ndarray) -> list[float]:
    """The shortest decimals that are these float32 values."""
    return [float(str(np.float32(value))) for value in values]


def _checked(where: str, values: np.ndarray, width: int) -> np.ndarray:
    values = np.asarray(values, dtype=np.float32).reshape(-1)
    if len(values) != width:
        raise invalid(f"{where}: expected {width} values, got {len(values)}")
    if not np.isfinite(values).all():
        index = int((~np.isfinite(values)).argmax())
        raise invalid(
            f"{where}[{index}]: expected a finite number, got {values[index]}",
            "The statistics were never filled in, or the data set holds such values. Compute them again.",
        )
    return values
