"""What the data set that a policy was trained on says about its vectors: a policy directory has no names in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .fields import Fields
from .files import read_json

INFO = Path("meta", "info.json")


@dataclass(frozen=True)
class DatasetInfo:
    robot: str | None = None
    #: Frames, and so actions, per second.
    fps: float | None = None
    #: Names of the values by feature.
    names: dict[str, list[str]] = field(default_factory=dict)

    def dims(self, key: str, width: int) -> list[dict[str, str]]:
        """The start of `dims` in policy.json; [] where the data set does not name exactly these values."""
        names = self.names.get(key, [])
        return [{"name": name} for name in names] if len(names) == width else []


def read_dataset_info(directory: Path) -> DatasetInfo:
    """
    @param directory of a LeRobot data set, or of a policy that `meta/info.json` was put into; without one, nothing is
    known
    """
    path = directory / INFO
    if not path.exists():
        return DatasetInfo()
    fields = Fields(str(INFO), read_json(path))
    features = fields.inner("features")
    robot = fields.values.get("robot_type")
    return DatasetInfo(
        robot=robot if isinstance(robot, str) else None,
        fps=fields.number("fps"),
        names={key: _names(features.inner(key).values.get("names")) for key in features.values},
    )


def _names(value: Any) -> list[str]:
    """A list of names; some data sets have it under a heading, `{"motors": […]}`."""
    if isinstance(value, dict) and len(value) == 1:
        return _names(*value.values())
    return [str(name) for name in value] if isinstance(value, list) else []
