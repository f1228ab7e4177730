"""Where in the user's own code an error comes from: the place that a person can change."""

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

_OWN = Path(__file__).parent
_LINE = re.compile(r'File "([^"]+)", line (\d+)(?:, in (\w+))?')


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that led to it, the outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def is_user_file(file: str) -> bool:
    path = Path(file)
    libraries = "site-packages" in path.parts or "dist-packages" in path.parts
    return (
        not libraries
        and not file.startswith("<")
        and _OWN not in path.parents
        and not path.is_relative_to(Path(sys.base_prefix) / "lib")
    )


def place_of(error: BaseException) -> str | None:
    """`policy.py:12, in forward`; None when no file of the user's had a part in it."""
    for one in chain(error):
        if isinstance(one, SyntaxError) and one.filename is not None and is_user_file(one.filename):
            return _place(one.filename, one.lineno or 0, None)
        frames = [frame for frame in traceback.extract_tb(one.__traceback__) if is_user_file(frame.filename)]
        if frames:
            return _place(frames[-1].filename, frames[-1].lineno or 0, frames[-1].name)
        place = place_in(str(one))
        if place is not None:
            return place
    return None


def place_in(text: str) -> str | None:
    """As `place_of`, from a stack trace that stands in a text."""
    places = [match.groups() for match in _LINE.finditer(text) if is_user_file(match[1])]
    return _place(places[-1][0], int(places[-1][1]), places[-1][2]) if places else None


def summary(error: BaseException) -> str:
    """The class of an error, the first lines of what it says, and the user's line that it comes from."""
    text = str(error).strip()
    said = " ".join(text.splitlines()[:3]).strip()
    place = place_of(error)
    return type(error).__name__ + (f": {said}" if said else "") + (f" ({place})" if place else "")


def _place(file: str, line: int, function: str | None) -> str:
    path = Path(file)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}:{line}" + (f", in {function}" if function and function != "<module>" else "")
