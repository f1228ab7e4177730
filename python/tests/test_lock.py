"""requirements.lock against what the packages themselves ask for."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parent.parent / "requirements.lock"
#: What wheels of PyTorch with CUDA bring along; which version belongs to which is theirs to say.
CUDA = re.compile(r"nvidia-|cuda-|triton$")


def pinned() -> dict[str, str]:
    lines = [line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(each.name): next(iter(each.specifier)).version
        for each in requirements
        if each.marker is None or each.marker.evaluate()
    }


def test_every_package_that_a_package_of_the_lock_needs_is_in_the_lock() -> None:
    lock = pinned()
    needed = {
        canonicalize_name(need.name)
        for name in lock
        for need in map(Requirement, requires(name) or [])
        if need.marker is None or need.marker.evaluate({"extra": ""})
    }
    assert {name for name in needed if not CUDA.match(name)} <= set(lock)


def test_the_environment_has_what_the_lock_says() -> None:
    def installed(name: str) -> str:
        try:
            return version(name).split("+")[0]
        except PackageNotFoundError:
            return "none"

    lock = pinned()
    assert {name: installed(name) for name in lock} == lock
