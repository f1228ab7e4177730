"""Takes values out of a JSON object, checked, with the place in the message."""

from dataclasses import dataclass
from typing import Any

from .files import invalid


@dataclass(frozen=True)
class Fields:
    """One JSON object and where it stands, such as `config.json` or `config.json: input_features`."""

    where: str
    values: dict[str, Any]

    def count(self, name: str) -> int:
        """A whole number above 0."""
        value = self.values.get(name)
        if type(value) is not int or value < 1:
            raise self.wrong(name, "a whole number above 0")
        return value

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        if type(value) not in (bool, int) or value not in (0, 1):
            raise self.wrong(name, "true or false")
        return bool(value)

    def number(self, name: str) -> float:
        value = self.values.get(name)
        if type(value) not in (int, float):
            raise self.wrong(name, "a number")
        return float(value)

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or value not in allowed:
            raise self.wrong(name, "one of " + ", ".join(allowed))
        return value

    def inner(self, name: str) -> "Fields":
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return Fields(f"{self.where}: {name}", value)

    def wrong(self, name: str, expected: str) -> Exception:
        got = repr(self.values[name]) if name in self.values else "nothing"
        return invalid(f"{self.where}: expected {name} to be {expected}, got {got}")
