package vision

// OpenCV's fixed point: 4 + 16 + 2 bits are dropped from a product of two weights of 11 bits.
private const val DROP_AFTER_COLUMNS = 4
private const val DROP_AFTER_ROWS = 16
private const val DROP_AT_END = 2
private const val HALF_AT_END = 1 shl (DROP_AT_END - 1)

/** One row of pixels, resized along one axis: for each byte of a pixel its values, in fixed point of 15 bits. */
private class Line {
    val bytes = Array(CHANNELS) { IntArray(0) }

    fun reserve(size: Int) {
        for (c in bytes.indices) if (bytes[c].size < size) bytes[c] = IntArray(size)
    }
}

/** Pixels between others: the columns of the upright picture first, then its rows. */
internal class Interpolation(private val rows: StoredRows) {
    private var width = 0
    private var across = Taps(0)
    private var down = Taps(0)

    /** Upright: two rows of the picture, resized along x. */
    private val lines = Array(2) { Line() }
    private val lineInSlot = intArrayOf(NO_LINE, NO_LINE)

    /** Turned: a line between two rows of the picture. */
    private val between = Line()

    // The neighbours of each place in a row; then the blended bytes.
    private var low = IntArray(0)
    private var high = IntArray(0)
    private val blended = Line()

    fun prepare(image: PixelView, plan: LetterboxPlan) {
        val columns = columnTaps(image.uprightWidth, plan.resizedWidth, image.isFlippedX)
        val rows = rowTaps(image.uprightHeight, plan.resizedHeight, image.isFlippedY)
        across = if (image.isTurned) rows else columns
        down = if (image.isTurned) columns else rows
        width = across.size
        if (image.isTurned) between.reserve(image.width) else for (line in lines) line.reserve(width)
        blended.reserve(width)
        if (low.size < width) low = IntArray(width)
        if (high.size < width) high = IntArray(width)
    }

    /** What lines hold are rows of another frame. */
    fun forgetLines() = lineInSlot.fill(NO_LINE)

    /** Row [y] of the resized picture, as it is stored, as packed pixels, into [out] from [offset] on. */
    fun row(image: PixelView, y: Int, out: IntArray, offset: Int) {
        if (image.isTurned) blendTurned(image, y) else blendUpright(image, y)
        pack(blended.bytes[0], blended.bytes[1], blended.bytes[2], width)
        System.arraycopy(blended.bytes[0], 0, out, offset, width)
    }

    private fun blendUpright(image: PixelView, y: Int) {
        val upper = line(image, down.first[y])
        val lower = line(image, down.second[y])
        for (c in 0 until CHANNELS) {
            val out = blended.bytes[c]
            blendRows(upper.bytes[c], lower.bytes[c], down.firstWeight[y], down.secondWeight[y], out, width)
        }
    }

    /** Row [y] of the stored picture, resized along x. */
    private fun line(image: PixelView, y: Int): Line {
        val slot = y and 1
        val line = lines[slot]
        if (lineInSlot[slot] == y) return line
        lineInSlot[slot] = y
        val row = rows.fetch(image, y)
        gather(row, across.first, low, width)
        gather(row, across.second, high, width)
        for (c in 0 until CHANNELS) {
            mixColumns(low, high, across.firstWeight, across.secondWeight, PACKED_BITS * c, line.bytes[c], width)
        }
        return line
    }

    /** Here the rows as stored are the columns of the upright picture, which come first. */
    private fun blendTurned(image: PixelView, y: Int) {
        val first = rows.fetch(image, down.first[y])
        val second = rows.fetch(image, down.second[y])
        val weight = down.firstWeight[y]
        val otherWeight = down.secondWeight[y]
        val (firstTwo, other, third) = between.bytes
        mixRows(first, second, weight, otherWeight, 0, firstTwo, image.width)
        mixRows(first, second, weight, otherWeight, PACKED_BITS, other, image.width)
        mixRows(first, second, weight, otherWeight, 2 * PACKED_BITS, third, image.width)
        join(firstTwo, other, image.width) // two lines are gathered as fast as one
        gather(firstTwo, across.first, low, width)
        gather(firstTwo, across.second, high, width)
        blendColumns(low, high, across.firstWeight, across.secondWeight, 0, blended.bytes[0], width)
        blendColumns(low, high, across.firstWeight, across.secondWeight, MIXED_BITS, blended.bytes[1], width)
        gather(third, across.first, low, width)
        gather(third, across.second, high, width)
        blendColumns(low, high, across.firstWeight, across.secondWeight, 0, blended.bytes[2], width)
    }
}

private const val NO_LINE = -1

/** Of a byte after the first pass. */
private const val MIXED_BITS = 16
private const val MIXED_MASK = (1 shl MIXED_BITS) - 1

// Loops are short, over local arrays, and all arrays count from index 0 on: that is what compilers vectorise. Longer ones
// are not unrolled, and with an offset of one array into another a compiler has to fear that they overlap.

private fun gather(row: IntArray, places: IntArray, out: IntArray, count: Int) {
    for (x in 0 until count) out[x] = row[places[x]]
}

/** Along x of the upright picture, which is along a row as stored: each pixel has weights of its own. */
private fun mixColumns(
    low: IntArray,
    high: IntArray,
    lowWeight: IntArray,
    highWeight: IntArray,
    shift: Int,
    out: IntArray,
    count: Int
) {
    for (x in 0 until count) {
        val sum = ((low[x] ushr shift) and 0xFF) * lowWeight[x] + ((high[x] ushr shift) and 0xFF) * highWeight[x]
        out[x] = sum ushr DROP_AFTER_COLUMNS
    }
}

/** Along x of the upright picture, where that is from row to row. Inlined, so that [shift] is a constant. */
@Suppress("NOTHING_TO_INLINE")
private inline fun mixRows(
    low: IntArray,
    high: IntArray,
    lowWeight: Int,
    highWeight: Int,
    shift: Int,
    out: IntArray,
    count: Int
) {
    for (x in 0 until count) {
        val sum = ((low[x] ushr shift) and 0xFF) * lowWeight + ((high[x] ushr shift) and 0xFF) * highWeight
        out[x] = sum ushr DROP_AFTER_COLUMNS
    }
}

/** Two mixed bytes in one Int. */
private fun join(first: IntArray, second: IntArray, count: Int) {
    for (x in 0 until count) first[x] = first[x] or (second[x] shl MIXED_BITS)
}

/** Along y of the upright picture, which is from row to row as stored. */
private fun blendRows(low: IntArray, high: IntArray, lowWeight: Int, highWeight: Int, out: IntArray, count: Int) {
    for (x in 0 until count) {
        val sum = ((low[x] * lowWeight) ushr DROP_AFTER_ROWS) + ((high[x] * highWeight) ushr DROP_AFTER_ROWS)
        out[x] = (sum + HALF_AT_END) ushr DROP_AT_END
    }
}

/** Along y of the upright picture, where that is along a row: of the mixed bytes that begin at bit [shift]. */
private fun blendColumns(
    low: IntArray,
    high: IntArray,
    lowWeight: IntArray,
    highWeight: IntArray,
    shift: Int,
    out: IntArray,
    count: Int
) {
    for (x in 0 until count) {
        val lower = (((low[x] ushr shift) and MIXED_MASK) * lowWeight[x]) ushr DROP_AFTER_ROWS
        val higher = (((high[x] ushr shift) and MIXED_MASK) * highWeight[x]) ushr DROP_AFTER_ROWS
        out[x] = (lower + higher + HALF_AT_END) ushr DROP_AT_END
    }
}

/** Three bytes into one pixel. */
private fun pack(first: IntArray, second: IntArray, third: IntArray, count: Int) {
    for (x in 0 until count) first[x] = first[x] or (second[x] shl PACKED_BITS) or (third[x] shl 2 * PACKED_BITS)
}
