"""The linear assignment problem: who belongs to whom, at the least cost together."""

import numpy as np
import numpy.typing as npt


def assign(costs: npt.NDArray[np.floating], limit: float) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of least cost together, by rising row; none that costs limit or more.

    To leave two apart costs as much as a pair at the limit. costs [n, m] are cut off there, not-a-number too:
    then the assignment of all of the shorter side is the one that is looked for. It is found by shortest
    augmenting paths over reduced costs (Jonker and Volgenant, Computing 38, 1987), O(n² m). Of pairs
    that cost the same the first column is taken.
    """
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assign(costs.T, limit))
    cut = np.fmin(costs.astype(np.float64), limit)
    rows, columns = cut.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    row_of = np.full(columns, -1)
    for start in range(rows):
        shortest = np.full(columns, np.inf)  # the length of the path to each column
        came_from = np.full(columns, -1)  # the column before it on that path; -1: start itself
        done = np.zeros(columns, dtype=bool)
        row, length, last = start, 0.0, -1
        while True:
            through = length + cut[row] - row_price[row] - column_price
            better = ~done & (through < shortest)
            shortest[better], came_from[better] = through[better], last
            last = int(np.argmin(np.where(done, np.inf, shortest)))
            length, row = shortest[last], int(row_of[last])
            done[last] = True
            if row < 0:
                break
        row_price[start] += length
        for column in np.flatnonzero(done):
            if row_of[column] >= 0:
                row_price[row_of[column]] += length - shortest[column]
            column_price[column] -= length - shortest[column]
        while last >= 0:  # the path, backwards: each column takes the row of the one before it
            before = int(came_from[last])
            row_of[last] = row_of[before] if before >= 0 else start
            last = before
    return sorted(
        (int(row), column) for column, row in enumerate(row_of) if row >= 0 and cut[row, column] < limit
    )
