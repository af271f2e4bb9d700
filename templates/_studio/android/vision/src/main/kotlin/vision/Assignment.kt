package vision

/**
 * Pairs rows and columns at the lowest total cost: the linear assignment problem of a square matrix, by the algorithm
 * of Jonker and Volgenant (Computing 38, 1987). Of assignments with equal cost it gives that of the `lap` package, which
 * Ultralytics uses. Memory is allocated again only for a larger matrix. Not thread-safe.
 */
internal class Assignment {
    private var size = 0
    private var costs = DoubleArray(0) // row by row
    private var prices = DoubleArray(0) // of the columns
    private var rowOf = IntArray(0)
    private var columnOf = IntArray(0)
    private var isAlone = BooleanArray(0)

    // Rows without a column: those to treat, the last one first, and those that are left for later
    private var waiting = IntArray(0)
    private var stillFree = IntArray(0)

    // The columns by the length of their path, that length, and the row before each on its path
    private var order = IntArray(0)
    private var length = DoubleArray(0)
    private var before = IntArray(0)
    private var end = 0 // of the nearest in `order`

    /** Starts a problem. Leaving a row and a column without a partner costs as much as a pair at the [limit]. */
    fun begin(rows: Int, columns: Int, limit: Double) {
        size = rows + columns
        reserve()
        // Rows and columns for "no partner" cost half of the limit each
        costs.fill(limit / 2, 0, size * size)
        for (row in 0 until size) costs.fill(0.0, row * size + (if (row < rows) size else columns), (row + 1) * size)
    }

    operator fun set(row: Int, column: Int, cost: Double) {
        costs[row * size + column] = cost
    }

    /** Returns the column of a row after [solve]. A column beyond those of [begin] means no partner. */
    operator fun get(row: Int): Int = columnOf[row]

    fun solve() {
        rowOf.fill(0)
        columnOf.fill(NONE)
        prices.fill(Double.POSITIVE_INFINITY)
        for (row in 0 until size) {
            for (column in 0 until size) {
                val cost = costs[row * size + column]
                if (!(cost < prices[column])) continue
                prices[column] = cost
                rowOf[column] = row
            }
        }
        var free = reduceColumns()
        repeat(2) { free = reduceRows(free) }
        for (i in 0 until free) augment(waiting[i])
    }

    private fun paid(row: Int, column: Int) = costs[row * size + column] - prices[column]

    /** Gives each column to its cheapest row. Returns the number of rows without a column. */
    private fun reduceColumns(): Int {
        isAlone.fill(true)
        for (column in size - 1 downTo 0) {
            val row = rowOf[column]
            if (columnOf[row] == NONE) {
                columnOf[row] = column
            } else {
                isAlone[row] = false
                rowOf[column] = NONE
            }
        }
        var free = 0
        for (row in 0 until size) {
            val own = columnOf[row]
            if (own == NONE) {
                waiting[free++] = row
            } else if (isAlone[row]) { // the price of its column falls by the cost of its next best one
                var least = Double.POSITIVE_INFINITY
                for (column in 0 until size) if (column != own && paid(row, column) < least) least = paid(row, column)
                prices[own] -= least
            }
        }
        return free
    }

    /** Lets free rows take their best column from others, as long as prices fall. Returns the number still free. */
    private fun reduceRows(free: Int): Int {
        waiting.reverse(0, free)
        var left = free
        var others = 0
        var turns = 0L
        var taken = 0L
        while (left > 0) {
            val row = waiting[--left]
            ++turns
            ++taken
            var best = 0
            var second = NONE
            var least = paid(row, 0)
            var next = Double.POSITIVE_INFINITY
            for (column in 1 until size) {
                val here = paid(row, column)
                if (here < least) {
                    next = least
                    second = best
                    least = here
                    best = column
                } else if (here < next) {
                    next = here
                    second = column
                }
            }
            val lowered = prices[best] - (next - least)
            var falls = lowered < prices[best]
            var owner = rowOf[best]
            if (turns >= taken * size) {
                falls = false // rounding could make it endless
            } else if (falls) {
                prices[best] = lowered
            } else if (owner != NONE && second != NONE) {
                best = second
                owner = rowOf[second]
            }
            if (owner != NONE && falls) {
                waiting[left++] = owner
                --taken
            } else if (owner != NONE) {
                stillFree[others++] = owner
            }
            columnOf[row] = best
            rowOf[best] = row
        }
        val filled = waiting
        waiting = stillFree
        stillFree = filled
        return others
    }

    /** Gives a free row a column, along the shortest path of exchanges to a free column. */
    private fun augment(start: Int) {
        for (column in 0 until size) {
            order[column] = column
            length[column] = paid(start, column)
            before[column] = start
        }
        var low = 0 // lengths are known up to low; the nearest others go up to `end`
        end = 0
        var ready = 0
        var last = NONE
        while (last == NONE) {
            if (low == end) {
                ready = low
                findNearest(low)
                for (place in low until end) if (rowOf[order[place]] == NONE) last = order[place]
            }
            if (last != NONE) break
            low = scan(low)
            last = free
        }
        val shortest = length[order[low]]
        for (place in 0 until ready) prices[order[place]] += length[order[place]] - shortest
        while (true) {
            val row = before[last]
            rowOf[last] = row
            val next = columnOf[row]
            columnOf[row] = last
            last = next
            if (row == start) return
        }
    }

    /** Moves the nearest columns to the front, from [low] on. */
    private fun findNearest(low: Int) {
        end = low + 1
        var shortest = length[order[low]]
        for (place in end until size) {
            val here = length[order[place]]
            if (!(here <= shortest)) continue
            if (here < shortest) end = low
            shortest = here
            swap(place, end++)
        }
    }

    private var free = NONE // the column that the last scan found

    /** Continues from the nearest columns. Returns their end; or sets [free], a column as near, and returns [from]. */
    private fun scan(from: Int): Int {
        free = NONE
        var low = from
        val nearest = length[order[from]]
        while (low != end) {
            val at = order[low]
            val row = rowOf[at]
            ++low
            val offset = paid(row, at) - nearest
            for (place in end until size) {
                val column = order[place]
                val through = paid(row, column) - offset
                if (!(through < length[column])) continue
                length[column] = through
                before[column] = row
                if (through != nearest) continue
                if (rowOf[column] == NONE) {
                    free = column
                    return from
                }
                swap(place, end++)
            }
        }
        return low
    }

    private fun swap(one: Int, other: Int) {
        val column = order[one]
        order[one] = order[other]
        order[other] = column
    }

    private fun reserve() {
        if (costs.size < size * size) costs = DoubleArray(size * size)
        if (rowOf.size >= size) return
        prices = DoubleArray(size)
        rowOf = IntArray(size)
        columnOf = IntArray(size)
        isAlone = BooleanArray(size)
        waiting = IntArray(size)
        stillFree = IntArray(size)
        order = IntArray(size)
        length = DoubleArray(size)
        before = IntArray(size)
    }

    private companion object {
        const val NONE = -1
    }
}
