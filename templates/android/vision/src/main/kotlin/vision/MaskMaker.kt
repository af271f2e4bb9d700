package vision

/**
 * Masks from coefficients and prototypes, in Ultralytics' order: weigh and add up the prototypes, resize to the input's size
 * (bilinear, pixel centres), see what is above 0, and cut off what is outside of the box. Only what a box needs is computed.
 * Not thread-safe: one for each thread.
 *
 * [channels] prototypes of [protoWidth] x [protoHeight] values.
 */
class MaskMaker(
    private val channels: Int,
    private val protoWidth: Int,
    private val protoHeight: Int,
    private val width: Int,
    private val height: Int
) {
    private val columns = BilinearAxis(protoWidth, width)
    private val rows = BilinearAxis(protoHeight, height)
    private val values = FloatArray(protoWidth * protoHeight) // of the prototypes' pixels that the box needs
    private val lines = arrayOf(FloatArray(width), FloatArray(width)) // rows of them, resized
    private val lineRow = intArrayOf(NO_ROW, NO_ROW)

    /**
     * Writes the mask of one box from byte [first] on. Corners are in pixels of the input, and may lie outside of it.
     * Returns its part, or null where nothing is set.
     */
    fun make(
        prototypes: FloatArray,
        coefficients: FloatArray,
        x1: Float,
        y1: Float,
        x2: Float,
        y2: Float,
        memory: MaskMemory,
        first: Int
    ): MaskPart? {
        // Whole numbers with x1 <= x < x2
        val left = firstAt(x1, width)
        val top = firstAt(y1, height)
        val right = firstAt(x2, width)
        val bottom = firstAt(y2, height)
        if (right <= left || bottom <= top) return null
        val part = MaskPart(left, top, right - left, bottom - top, first)
        memory.reserve(first + part.width * part.height)
        weigh(prototypes, coefficients, part)
        return part.takeIf { resize(it, memory.bytes) }
    }

    /** Returns the prototypes' sum below the part. */
    private fun weigh(prototypes: FloatArray, coefficients: FloatArray, part: MaskPart) {
        val left = columns.low[part.left]
        val count = columns.high[part.left + part.width - 1] + 1 - left
        for (y in rows.low[part.top]..rows.high[part.top + part.height - 1]) {
            val at = y * protoWidth + left
            values.fill(0f, at, at + count)
            for (c in 0 until channels) {
                addWeighted(prototypes, c * protoWidth * protoHeight + at, coefficients[c], values, at, count)
            }
        }
    }

    /** Returns whether anything is set. */
    private fun resize(part: MaskPart, pixels: ByteArray): Boolean {
        lineRow.fill(NO_ROW)
        var isAny = false
        for (y in part.top until part.top + part.height) {
            val upper = line(rows.low[y], part)
            val lower = line(rows.high[y], part)
            val first = part.first + (y - part.top) * part.width
            if (threshold(upper, lower, rows.share[y], pixels, first, part.width)) isAny = true
        }
        return isAny
    }

    /** Row [row] of the values, resized across the part. */
    private fun line(row: Int, part: MaskPart): FloatArray {
        val slot = row and 1 // the two rows around a position are neighbours
        val line = lines[slot]
        if (lineRow[slot] == row) return line
        lineRow[slot] = row
        val first = row * protoWidth
        for (i in 0 until part.width) {
            val x = part.left + i
            val share = columns.share[x]
            line[i] = (1 - share) * values[first + columns.low[x]] + share * values[first + columns.high[x]]
        }
        return line
    }
}

private const val NO_ROW = -1

/** The first whole number from 0 to [size] that is not below [edge]; 0 where that is not a number. */
private fun firstAt(edge: Float, size: Int): Int = Math.ceil(edge.toDouble()).toInt().coerceIn(0, size)

/** Plain arithmetic on neighbours: compilers vectorise this. */
private fun addWeighted(from: FloatArray, first: Int, weight: Float, sums: FloatArray, at: Int, count: Int) {
    for (i in 0 until count) sums[at + i] += weight * from[first + i]
}

private fun threshold(
    upper: FloatArray,
    lower: FloatArray,
    share: Float,
    pixels: ByteArray,
    first: Int,
    count: Int
): Boolean {
    val rest = 1 - share
    var isAny = 0
    for (i in 0 until count) {
        val isSet = if (rest * upper[i] + share * lower[i] > 0) 1 else 0
        pixels[first + i] = isSet.toByte()
        isAny = isAny or isSet
    }
    return isAny != 0
}
