package vision

// Bilinear resizing, with the pixels of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit.

/** Fixed point, as in OpenCV: weights have 11 bits; 4, 16 and 2 bits are dropped from a product of two of them. */
private const val WEIGHT_ONE = 2048
private const val DROP_AFTER_COLUMNS = 4
private const val DROP_AFTER_ROWS = 16
private const val DROP_AT_END = 2
private const val HALF_AT_END = 1 shl (DROP_AT_END - 1)

private fun fixedPoint(weight: Float): Int = roundHalfEven((weight * WEIGHT_ONE).toDouble())

/** The taps of an axis: target position i is between source positions. At the border, both are the same pixel. */
private class Taps {
    var count = 0
        private set
    var first = IntArray(0)
        private set
    var second = first
        private set
    var firstWeight = first
        private set
    var secondWeight = first
        private set

    /** [isFlipped]: source positions are counted from the other end. Allocates only for the longest axis yet. */
    fun make(source: Int, target: Int, isFlipped: Boolean) {
        count = target
        if (first.size < target) {
            first = IntArray(target)
            second = IntArray(target)
            firstWeight = IntArray(target)
            secondWeight = IntArray(target)
        }
        val scale = 1.0 / (target.toDouble() / source) // not source / target: the last bit matters
        val last = source - 1
        for (i in 0 until target) {
            val position = ((i + 0.5) * scale - 0.5).toFloat()
            val lower = Math.floor(position.toDouble()).toInt()
            val share = position - lower
            first[i] = stored(lower.coerceIn(0, last), last, isFlipped)
            second[i] = stored((lower + 1).coerceIn(0, last), last, isFlipped)
            firstWeight[i] = fixedPoint(1 - share)
            secondWeight[i] = fixedPoint(share)
            if (secondWeight[i] == 0) second[i] = first[i] // is not read
            if (firstWeight[i] == 0) first[i] = second[i]
        }
    }

    private fun stored(position: Int, last: Int, isFlipped: Boolean) = if (isFlipped) last - position else position
}

/** Resizes pictures and turns them upright. Not thread-safe: one for each thread. */
internal class Resizer {
    private val stored = StoredRows()
    private val columns = Taps()
    private val rows = Taps()

    /** The last even and the last odd row, resized along x: red, green and blue. */
    private val lines = Array(2) { Array(CHANNELS) { IntArray(0) } }
    private val lineRow = intArrayOf(NO_ROW, NO_ROW)

    private var first = IntArray(0)
    private var second = first
    private var mixed = first
    private val resized = Array(CHANNELS) { IntArray(0) }

    /** Writes the picture into [pixels] (input height, input width), packed, at the place that [plan] gives. */
    fun resize(image: PixelView, plan: LetterboxPlan, pixels: IntArray) {
        start(image, plan)
        val corner = plan.top * plan.inputWidth + plan.left
        // Pixels are copied: a camera often has the input's width.
        val isSameSize = columns.count == image.uprightWidth && rows.count == image.uprightHeight
        if (image.isTurned) {
            for (x in 0 until columns.count) {
                if (isSameSize) {
                    gather(stored.row(image, columns.first[x]), rows.first, resized[0], rows.count)
                } else {
                    resizeColumn(image, x)
                }
                scatter(resized[0], pixels, corner + x, plan.inputWidth, rows.count)
            }
        } else {
            for (y in 0 until rows.count) {
                if (isSameSize) {
                    gather(stored.row(image, rows.first[y]), columns.first, resized[0], columns.count)
                } else {
                    resizeRow(image, y)
                }
                System.arraycopy(resized[0], 0, pixels, corner + y * plan.inputWidth, columns.count)
            }
        }
    }

    /** Allocates only for the largest picture yet. */
    private fun start(image: PixelView, plan: LetterboxPlan) {
        stored.start(image)
        lineRow.fill(NO_ROW)
        columns.make(image.uprightWidth, plan.resizedWidth, image.isFlippedX)
        rows.make(image.uprightHeight, plan.resizedHeight, image.isFlippedY)
        val longest = maxOf(image.width, columns.count, rows.count)
        if (mixed.size >= longest) return
        first = IntArray(longest)
        second = IntArray(longest)
        mixed = IntArray(longest)
        for (channels in listOf(resized, *lines)) for (c in channels.indices) channels[c] = IntArray(longest)
    }

    /** Resizes target row [y], packed, into `resized[0]`. */
    private fun resizeRow(image: PixelView, y: Int) {
        val upper = line(image, rows.first[y])
        val lower = line(image, rows.second[y])
        for (c in 0 until CHANNELS) {
            mixRows(upper[c], lower[c], rows.firstWeight[y], rows.secondWeight[y], resized[c], columns.count)
        }
        pack(resized[0], resized[1], resized[2], columns.count)
    }

    /** Returns a row, resized along x. It stays for the next target row, which often needs it, too. */
    private fun line(image: PixelView, y: Int): Array<IntArray> {
        val slot = y and 1 // a tap's rows are neighbours: one is even, one odd
        val line = lines[slot]
        if (lineRow[slot] == y) return line
        lineRow[slot] = y
        val row = stored.row(image, y)
        gather(row, columns.first, first, columns.count)
        gather(row, columns.second, second, columns.count)
        for (c in line.indices) {
            val shift = PACKED_BITS * c
            mixColumns(first, second, columns.firstWeight, columns.secondWeight, shift, line[c], columns.count)
        }
        return line
    }

    /** Resizes target column [x] of a picture on its side, whose columns are stored as rows. */
    private fun resizeColumn(image: PixelView, x: Int) {
        val left = stored.row(image, columns.first[x])
        val right = stored.row(image, columns.second[x])
        for (c in 0 until CHANNELS) {
            val shift = PACKED_BITS * c
            mixColumns(left, right, columns.firstWeight[x], columns.secondWeight[x], shift, mixed, image.width)
            gather(mixed, rows.first, first, rows.count)
            gather(mixed, rows.second, second, rows.count)
            mixRows(first, second, rows.firstWeight, rows.secondWeight, resized[c], rows.count)
        }
        pack(resized[0], resized[1], resized[2], rows.count)
    }
}

private const val NO_ROW = -1

// Short loops over whole arrays: compilers vectorise them. A loop over pixels takes 2 to 3 ms more.

private fun gather(from: IntArray, positions: IntArray, out: IntArray, count: Int) {
    for (i in 0 until count) out[i] = from[positions[i]]
}

private fun scatter(from: IntArray, out: IntArray, start: Int, step: Int, count: Int) {
    for (i in 0 until count) out[start + i * step] = from[i]
}

/** Resizes the byte of each pixel that begins at bit [shift], along x. */
private fun mixColumns(
    left: IntArray,
    right: IntArray,
    leftWeight: IntArray,
    rightWeight: IntArray,
    shift: Int,
    out: IntArray,
    count: Int
) {
    for (i in 0 until count) {
        val sum = (left[i] ushr shift and 0xFF) * leftWeight[i] + (right[i] ushr shift and 0xFF) * rightWeight[i]
        out[i] = sum ushr DROP_AFTER_COLUMNS
    }
}

/** The same between two columns. */
private fun mixColumns(
    left: IntArray,
    right: IntArray,
    leftWeight: Int,
    rightWeight: Int,
    shift: Int,
    out: IntArray,
    count: Int
) {
    for (i in 0 until count) {
        val sum = (left[i] ushr shift and 0xFF) * leftWeight + (right[i] ushr shift and 0xFF) * rightWeight
        out[i] = sum ushr DROP_AFTER_COLUMNS
    }
}

/** Resizes along y, between two rows. */
private fun mixRows(upper: IntArray, lower: IntArray, upperWeight: Int, lowerWeight: Int, out: IntArray, count: Int) {
    for (i in 0 until count) {
        val above = upper[i] * upperWeight ushr DROP_AFTER_ROWS
        val below = lower[i] * lowerWeight ushr DROP_AFTER_ROWS
        out[i] = above + below + HALF_AT_END ushr DROP_AT_END
    }
}

/** The same along a column. */
private fun mixRows(
    upper: IntArray,
    lower: IntArray,
    upperWeight: IntArray,
    lowerWeight: IntArray,
    out: IntArray,
    count: Int
) {
    for (i in 0 until count) {
        val above = upper[i] * upperWeight[i] ushr DROP_AFTER_ROWS
        val below = lower[i] * lowerWeight[i] ushr DROP_AFTER_ROWS
        out[i] = above + below + HALF_AT_END ushr DROP_AT_END
    }
}

/** Packs three channels into the first. */
private fun pack(red: IntArray, green: IntArray, blue: IntArray, count: Int) {
    for (i in 0 until count) red[i] = red[i] or (green[i] shl PACKED_BITS) or (blue[i] shl 2 * PACKED_BITS)
}
