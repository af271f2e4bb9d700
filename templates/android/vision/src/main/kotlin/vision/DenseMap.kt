package vision

/**
 * What a model gives for every place of its input, brought to the picture's size as PyTorch does it: to the input's size
 * first, then to the picture's, each time across before down.
 *
 * There are [count] maps of [width] x [height] numbers. What the input has around the picture is cut off. [corners]: as
 * [BilinearAxis] has it.
 *
 * Allocates only when the picture's size is not that of the last call. Not thread-safe: one for each thread.
 */
class DenseMap(
    private val count: Int,
    private val width: Int,
    private val height: Int,
    private val inputWidth: Int,
    private val inputHeight: Int,
    private val corners: Boolean
) {
    private val isOfInputSize = !corners && width == inputWidth && height == inputHeight
    private val inputColumns = BilinearAxis(width, inputWidth, corners)
    private val inputRows = BilinearAxis(height, inputHeight, corners)
    private val input = FloatArray(inputWidth) // one row

    /** Of each map two rows as the model gives them, as wide as the input. */
    private val given = List(count) { Lines(inputWidth) }

    /** Of each map two rows of the input's size, as wide as the picture. */
    private var lines = emptyList<Lines>()
    private var columns = inputColumns
    private var rows = inputRows
    private var isOfPictureSize = false
    private var plan: LetterboxPlan? = null
    private var maps = FloatArray(0)

    /** maps: (count, height, width). */
    fun start(maps: FloatArray, plan: LetterboxPlan) {
        this.maps = maps
        if (plan != this.plan) prepare(plan)
        for (each in given) each.forget()
        for (each in lines) each.forget()
    }

    private fun prepare(next: LetterboxPlan) {
        plan = null // until all buffers are there
        val isSame = next.resizedWidth == next.sourceWidth && next.resizedHeight == next.sourceHeight
        isOfPictureSize = !corners && isSame
        columns = BilinearAxis(next.resizedWidth, next.sourceWidth, corners)
        rows = BilinearAxis(next.resizedHeight, next.sourceHeight, corners)
        lines = List(if (isOfPictureSize) 0 else count) { Lines(next.sourceWidth) }
        plan = next
    }

    /** Row [y] of a map, of the picture's width, into [out]. Rows are asked for from top to bottom. */
    fun row(map: Int, y: Int, out: FloatArray) {
        val plan = checkNotNull(plan)
        if (isOfPictureSize) {
            val first = inputRow(map, plan.top + y) + plan.left
            rowSource.copyInto(out, 0, first, first + plan.sourceWidth)
            return
        }
        val upper = line(map, rows.low[y], plan)
        val lower = line(map, rows.high[y], plan)
        mix(upper, lower, rows.share[y], out, plan.sourceWidth)
    }

    /** Row [y] of the part of the input that holds the picture, as wide as the picture. */
    private fun line(map: Int, y: Int, plan: LetterboxPlan): FloatArray {
        val line = lines[map].of(y)
        if (lines[map].has(y)) return line
        val first = inputRow(map, plan.top + y) + plan.left
        resample(rowSource, first, columns, line)
        return line
    }

    /** What [inputRow] has found its row in. */
    private var rowSource = input

    /** Row [y] of the input's size: its first place in [rowSource]. */
    private fun inputRow(map: Int, y: Int): Int {
        if (isOfInputSize) {
            rowSource = maps
            return (map * height + y) * width
        }
        val upper = givenRow(map, inputRows.low[y])
        val lower = givenRow(map, inputRows.high[y])
        mix(upper, lower, inputRows.share[y], input, inputWidth)
        rowSource = input
        return 0
    }

    private fun givenRow(map: Int, y: Int): FloatArray {
        val line = given[map].of(y)
        if (!given[map].has(y)) resample(maps, (map * height + y) * width, inputColumns, line)
        return line
    }
}

/** The two rows that another one lies between: neighbours, or the same one twice. */
private class Lines(size: Int) {
    private val values = arrayOf(FloatArray(size), FloatArray(size))
    private val rowInSlot = intArrayOf(NO_ROW, NO_ROW)

    fun forget() = rowInSlot.fill(NO_ROW)

    /** Where row [y] belongs. */
    fun of(y: Int): FloatArray = values[y and 1]

    /** Whether it is there already; from now on it is. */
    fun has(y: Int): Boolean {
        val isThere = rowInSlot[y and 1] == y
        rowInSlot[y and 1] = y
        return isThere
    }

    private companion object {
        const val NO_ROW = -1
    }
}

private fun resample(from: FloatArray, first: Int, axis: BilinearAxis, out: FloatArray) {
    val low = axis.low
    val high = axis.high
    val shares = axis.share
    for (x in shares.indices) {
        val share = shares[x]
        out[x] = (1 - share) * from[first + low[x]] + share * from[first + high[x]]
    }
}

/** Plain arithmetic on neighbours: compilers vectorise this. */
private fun mix(upper: FloatArray, lower: FloatArray, share: Float, out: FloatArray, count: Int) {
    val rest = 1 - share
    for (x in 0 until count) out[x] = rest * upper[x] + share * lower[x]
}
