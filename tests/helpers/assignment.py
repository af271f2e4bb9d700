"""The linear assignment problem: who belongs to whom, at the least cost together."""

import numpy as np
import numpy.typing as npt

_NOTHING_IN_COMMON = 1.0  # what not-a-number costs: 1 - IoU of two boxes that are apart


def assign(costs: npt.NDArray[np.floating], limit: float) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of least cost together, by rising row.

    To leave two apart costs as much as a pair at the limit (costs [n, m]): everything has a partner that
    stands for nobody, at half of it. Where several assignments cost the same, as of equal boxes
    many do, it is the one of Jonker and Volgenant's algorithm (Computing 38, 1987) in the order of the `lap`
    package, which Ultralytics uses.
    """
    rows, columns = costs.shape
    if not rows or not columns:
        return []
    square = np.full((rows + columns, rows + columns), limit / 2)
    square[rows:, columns:] = 0
    square[:rows, :columns] = np.nan_to_num(costs, nan=_NOTHING_IN_COMMON)
    partners = _Square(square).solve()
    return [(row, column) for row, column in enumerate(partners[:rows]) if column < columns]


class _Square:
    """A problem in which everybody gets a partner."""

    def __init__(self, costs: npt.NDArray[np.float64]) -> None:
        self._costs, self._size = costs, len(costs)
        self._prices = costs.min(axis=0)  # of the columns
        self._row_of = [int(row) for row in costs.argmin(axis=0)]  # -1: nobody's yet
        self._column_of = [-1] * self._size

    def solve(self) -> list[int]:
        """Return the column of each row."""
        free = self._reduce_columns()
        for _ in range(2):
            free = self._reduce_rows(free)
        for row in free:
            self._augment(row)
        return self._column_of

    def _reduce_columns(self) -> list[int]:
        """Give every row one of the columns for which it is the cheapest; return the rows without any."""
        is_alone = [True] * self._size
        for column in reversed(range(self._size)):
            row = self._row_of[column]
            if self._column_of[row] < 0:
                self._column_of[row] = column
            else:
                is_alone[row] = False
                self._row_of[column] = -1
        for row, column in enumerate(self._column_of):
            if column >= 0 and is_alone[row]:  # what it would pay elsewhere makes its own column cheaper
                self._prices[column] -= np.delete(self._costs[row] - self._prices, column).min()
        return [row for row, column in enumerate(self._column_of) if column < 0]

    def _reduce_rows(self, free: list[int]) -> list[int]:
        """Let free rows take the column that is best for them from others, as long as prices fall."""
        waiting, still_free, turns, taken = list(reversed(free)), list[int](), 0, 0
        while waiting:
            row = waiting.pop()
            turns, taken = turns + 1, taken + 1
            paid = self._costs[row] - self._prices
            best = int(paid.argmin())
            others = np.where(np.arange(self._size) == best, np.inf, paid)
            second = int(others.argmin())
            lowered = self._prices[best] - (others[second] - paid[best])
            owner, falls = self._row_of[best], lowered < self._prices[best]
            if turns >= taken * self._size:  # rounding could go on for ever
                falls = False
            elif falls:
                self._prices[best] = lowered
            elif owner >= 0:
                best, owner = second, self._row_of[second]
            if owner >= 0 and falls:
                waiting.append(owner)
                taken -= 1
            elif owner >= 0:
                still_free.append(owner)
            self._column_of[row], self._row_of[best] = best, row
        return still_free

    def _augment(self, start: int) -> None:
        """Give a free row a column along the shortest path to a free one, on which columns change hands."""
        order, before = list(range(self._size)), [start] * self._size
        length = self._costs[start] - self._prices
        low = high = ready = 0  # order: of known length up to low, the nearest of the others up to high
        last = -1
        while last < 0:
            if low == high:
                ready, high = low, _nearest(order, length, low)
                last = next((each for each in reversed(order[low:high]) if self._row_of[each] < 0), -1)
            if last < 0:
                last, end = self._scan(order, length, before, low, high)
                if last < 0:
                    low = high = end
        nearest = length[order[low]]
        for column in order[:ready]:
            self._prices[column] += length[column] - nearest
        row = -1
        while row != start:
            row = before[last]
            self._row_of[last] = row
            last, self._column_of[row] = self._column_of[row], last

    def _scan(
        self, order: list[int], length: npt.NDArray[np.float64], before: list[int], low: int, high: int
    ) -> tuple[int, int]:
        """Go on from the nearest columns; return a free one that is as near, or -1, and where they end."""
        while low != high:
            at = order[low]
            low += 1
            row, shortest = self._row_of[at], length[at]
            offset = self._costs[row][at] - self._prices[at] - shortest
            through = self._costs[row] - self._prices - offset
            for place in range(high, self._size):
                column = order[place]
                if not through[column] < length[column]:
                    continue
                length[column], before[column] = through[column], row
                if through[column] == shortest:
                    if self._row_of[column] < 0:
                        return column, high
                    order[place], order[high] = order[high], column
                    high += 1
        return -1, high


def _nearest(order: list[int], length: npt.NDArray[np.float64], low: int) -> int:
    """Put the nearest columns from low on to the front of the others; return where they end."""
    high, shortest = low + 1, length[order[low]]
    for place in range(high, len(order)):
        column = order[place]
        if length[column] <= shortest:
            if length[column] < shortest:
                high, shortest = low, length[column]
            order[place], order[high] = order[high], column
            high += 1
    return high
