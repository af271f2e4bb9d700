"""Taking turns, so that a busy neighbour or a warm processor slows every side alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from benchmarks.figures import Spread

Turn = TypeVar("Turn")


def take_turns(contestants: Mapping[str, Callable[[], Turn]], rounds: int) -> list[dict[str, Turn]]:
    """Let every contestant run once a round; who begins changes from round to round."""
    names = list(contestants)
    table = []
    for number in range(rounds):
        first = number % len(names)
        table.append({name: contestants[name]() for name in names[first:] + names[:first]})
    return table


def milliseconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def ratio(rounds: Sequence[Mapping[str, float]], above: str, below: str) -> Spread:
    """Summarise above / below, round by round."""
    return Spread.of([each[above] / each[below] for each in rounds])
