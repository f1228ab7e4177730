"""The fewest nodes that have to stay exact for a model to stay within a tolerance."""

from collections.abc import Callable
from itertools import pairwise

from .errors import ToolError
from .quantise_selection import Selection

#: Neighbouring nodes are judged together in a large model, so that a search ends after some thirty conversions.
GROUPS = 24


def keep_what_matters(
    selection: Selection,
    deviation: Callable[[Selection], float],
    tolerance: float,
    progress: Callable[[float], None],
) -> Selection:
    """
    Measures each group of nodes alone, then keeps as many of the worst groups as it takes. `deviation` converts and
    measures; `progress` gets 0 … 1.

    Raises ACCURACY_LOST when the model deviates even with one group converted.
    """
    if deviation(selection) <= tolerance:
        return selection
    groups = _groups(selection.changed)
    steps = len(groups) + len(groups).bit_length()
    alone = []
    for index, group in enumerate(groups):
        progress(index / steps)
        alone.append(deviation(selection.keeping(set(selection.changed) - set(group))))
    worst_first = [group for _, group in sorted(zip(alone, groups, strict=True), key=lambda pair: -pair[0])]
    # So many of the worst exact: known to fail, and the fewest known to suffice.
    fails, suffices, found = 0, len(worst_first), None
    for step in range(len(groups).bit_length()):
        if suffices - fails <= 1:
            break
        progress((len(groups) + step) / steps)
        middle = (fails + suffices) // 2
        candidate = selection.keeping({name for group in worst_first[:middle] for name in group})
        if deviation(candidate) <= tolerance:
            suffices, found = middle, candidate
        else:
            fails = middle
    if found is None:
        raise ToolError(
            "ACCURACY_LOST",
            f"whichever nodes stay exact, the model deviates by more than {tolerance:g}: "
            f"{min(alone):.3g} with only {', '.join(worst_first[-1])} converted",
            "Choose another --mode, or allow more with --tolerance.",
        )
    return found


def _groups(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    count = min(GROUPS, len(names))
    edges = [index * len(names) // count for index in range(count + 1)]
    return [names[start:end] for start, end in pairwise(edges)]
