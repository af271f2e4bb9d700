"""Run the sides of a comparison in turns, so that a busy machine slows all of them equally."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from benchmarks.figures import Spread

Turn = TypeVar("Turn")


def take_turns(sides: Mapping[str, Callable[[], Turn]], rounds: int) -> list[dict[str, Turn]]:
    """Run every side once per round. Another side begins each round. Return the results by round."""
    names = list(sides)
    table = []
    for number in range(rounds):
        first = number % len(names)
        table.append({name: sides[name]() for name in names[first:] + names[:first]})
    return table


def milliseconds(call: Callable[[], object]) -> float:
    """Return the milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def ratio(rounds: Sequence[Mapping[str, float]], above: str, below: str) -> Spread:
    """Return the spread of `above` divided by `below`, round by round."""
    return Spread.of([each[above] / each[below] for each in rounds])
