package vision

// OpenCV's fixed point: 4 + 16 + 2 bits are dropped from a product of two weights of 11 bits.
private const val DROP_AFTER_COLUMNS = 4
private const val DROP_AFTER_ROWS = 16
private const val DROP_AT_END = 2
private const val HALF_AT_END = 1 shl (DROP_AT_END - 1)

/** Of a packed pixel: bytes 0 and 2; shifted by 8 bits: byte 1 and the unused one. */
private const val EVEN_BYTES = 0x00FF00FF

/** A half of four, rounded, in both lanes of [EVEN_BYTES]. */
private const val HALVES_OF_FOUR = 0x00020002

/**
 * Resizes a picture as OpenCV's `resize(INTER_LINEAR)` does with 8-bit data, bit for bit, without turning it: rows and
 * columns are those of the stored picture. Which of the two passes comes first does depend on how it is turned: their
 * roundings differ, and it is the upright picture that has to be resized so.
 */
internal class Resizer(private val inputWidth: Int, private val inputHeight: Int) {
    private enum class Method { COPY, HALVE, INTERPOLATE }

    private val rows = StoredRows()
    private var method = Method.COPY
    private var plan = LetterboxPlan(1, 1, inputWidth, inputHeight)
    private var rotation = 0
    private var isMirrored = false
    private var isPrepared = false

    /** Of the resized picture, as it is stored. */
    var width = 0
        private set
    var height = 0
        private set

    private var across = Taps(0)
    private var down = Taps(0)

    // INTERPOLATE, upright: two rows of the picture, resized along x: (3, width) each. HALVE: sums of two rows.
    // INTERPOLATE, turned: a line between two rows: (3, stored width).
    private var lines = arrayOf(IntArray(0), IntArray(0))
    private val lineInSlot = intArrayOf(NO_LINE, NO_LINE)
    private var lineSize = 0

    /** Gets ready for a picture. Allocates only when its size, or the way it is turned, is not that of the last one. */
    fun prepare(image: PixelView): LetterboxPlan {
        rows.prepare(image)
        lineInSlot.fill(NO_LINE)
        val sameSize = plan.sourceWidth == image.uprightWidth && plan.sourceHeight == image.uprightHeight
        if (isPrepared && sameSize && rotation == image.rotation && isMirrored == image.mirrored) return plan

        isPrepared = false
        val next = LetterboxPlan(image.uprightWidth, image.uprightHeight, inputWidth, inputHeight)
        width = if (image.isTurned) next.resizedHeight else next.resizedWidth
        height = if (image.isTurned) next.resizedWidth else next.resizedHeight
        if (width == image.width && height == image.height) {
            method = Method.COPY
        } else if (image.width == width * 2 && image.height == height * 2) {
            method = Method.HALVE
            setLines(image.width, 1)
        } else {
            method = Method.INTERPOLATE
            setTaps(image, next)
            setLines(if (image.isTurned) image.width else width, CHANNELS)
        }
        plan = next
        rotation = image.rotation
        isMirrored = image.mirrored
        isPrepared = true
        return next
    }

    private fun setTaps(image: PixelView, plan: LetterboxPlan) {
        val columns = columnTaps(image.uprightWidth, plan.resizedWidth, image.isFlippedX)
        val rows = rowTaps(image.uprightHeight, plan.resizedHeight, image.isFlippedY)
        across = if (image.isTurned) rows else columns
        down = if (image.isTurned) columns else rows
    }

    private fun setLines(size: Int, planes: Int) {
        lineSize = size
        for (slot in lines.indices) if (lines[slot].size < size * planes) lines[slot] = IntArray(size * planes)
    }

    /** Row [y] of the resized picture as packed pixels, into [out] from [offset] on. Goes fastest in rising order. */
    fun row(image: PixelView, y: Int, out: IntArray, offset: Int) {
        when (method) {
            Method.COPY -> rows.copy(image, y, out, offset)
            Method.HALVE -> halvedRow(image, y, out, offset)
            Method.INTERPOLATE -> if (image.isTurned) rowOfTurned(image, y, out, offset) else rowOfUpright(image, y, out, offset)
        }
    }

    /** At half the size all four weights are equal and no product loses a bit, so this is what interpolation gives. */
    private fun halvedRow(image: PixelView, y: Int, out: IntArray, offset: Int) {
        addRows(rows.fetch(image, 2 * y), rows.fetch(image, 2 * y + 1), lines[0], lines[1], image.width)
        quarterSums(lines[0], lines[1], out, offset, width)
    }

    private fun rowOfUpright(image: PixelView, y: Int, out: IntArray, offset: Int) {
        val upper = line(image, down.first[y])
        val lower = line(image, down.second[y])
        blendLines(upper, lower, down.firstWeight[y], down.secondWeight[y], width, lineSize, out, offset)
    }

    /** Row [y] of the stored picture, resized along x. */
    private fun line(image: PixelView, y: Int): IntArray {
        val slot = y and 1
        if (lineInSlot[slot] != y) {
            lineInSlot[slot] = y
            resizeAcross(rows.fetch(image, y), across, lines[slot], lineSize)
        }
        return lines[slot]
    }

    /** Here the rows as stored are the columns of the upright picture, which come first. */
    private fun rowOfTurned(image: PixelView, y: Int, out: IntArray, offset: Int) {
        val first = rows.fetch(image, down.first[y])
        val second = rows.fetch(image, down.second[y])
        betweenRows(first, second, down.firstWeight[y], down.secondWeight[y], image.width, lines[0], lineSize)
        blendAcross(lines[0], lineSize, across, out, offset)
    }
}

private const val CHANNELS = 3
private const val NO_LINE = -1

// The loops below are kept plain, over local arrays and with one step: compilers on phones and PCs vectorise them then.

/** Bytes 0 and 2 of two rows added, and byte 1. */
private fun addRows(above: IntArray, below: IntArray, even: IntArray, odd: IntArray, count: Int) {
    for (x in 0 until count) {
        even[x] = (above[x] and EVEN_BYTES) + (below[x] and EVEN_BYTES)
        odd[x] = ((above[x] ushr 8) and EVEN_BYTES) + ((below[x] ushr 8) and EVEN_BYTES)
    }
}

private fun quarterSums(even: IntArray, odd: IntArray, out: IntArray, offset: Int, count: Int) {
    for (x in 0 until count) {
        val evenSum = even[2 * x] + even[2 * x + 1] + HALVES_OF_FOUR
        val oddSum = odd[2 * x] + odd[2 * x + 1] + HALVES_OF_FOUR
        out[offset + x] = ((evenSum ushr 2) and EVEN_BYTES) or (((oddSum ushr 2) and EVEN_BYTES) shl 8)
    }
}

/** One row of pixels, resized along x into one plane for each channel. */
private fun resizeAcross(row: IntArray, taps: Taps, line: IntArray, plane: Int) {
    val first = taps.first
    val second = taps.second
    val firstWeight = taps.firstWeight
    val secondWeight = taps.secondWeight
    for (x in first.indices) {
        val a = row[first[x]]
        val b = row[second[x]]
        val wa = firstWeight[x]
        val wb = secondWeight[x]
        line[x] = ((a and 0xFF) * wa + (b and 0xFF) * wb) ushr DROP_AFTER_COLUMNS
        line[plane + x] = (((a ushr 8) and 0xFF) * wa + ((b ushr 8) and 0xFF) * wb) ushr DROP_AFTER_COLUMNS
        line[2 * plane + x] = (((a ushr 16) and 0xFF) * wa + ((b ushr 16) and 0xFF) * wb) ushr DROP_AFTER_COLUMNS
    }
}

/** The shares of two lines, as packed pixels. */
private fun blendLines(
    upper: IntArray,
    lower: IntArray,
    upperWeight: Int,
    lowerWeight: Int,
    count: Int,
    plane: Int,
    out: IntArray,
    offset: Int,
) {
    for (x in 0 until count) {
        val a = blend(upper[x], lower[x], upperWeight, lowerWeight)
        val b = blend(upper[plane + x], lower[plane + x], upperWeight, lowerWeight)
        val c = blend(upper[2 * plane + x], lower[2 * plane + x], upperWeight, lowerWeight)
        out[offset + x] = a or (b shl 8) or (c shl 16)
    }
}

/** A line between two rows of pixels, one plane for each channel. */
private fun betweenRows(
    above: IntArray,
    below: IntArray,
    aboveWeight: Int,
    belowWeight: Int,
    count: Int,
    line: IntArray,
    plane: Int,
) {
    for (x in 0 until count) {
        val a = above[x]
        val b = below[x]
        line[x] = ((a and 0xFF) * aboveWeight + (b and 0xFF) * belowWeight) ushr DROP_AFTER_COLUMNS
        line[plane + x] =
            (((a ushr 8) and 0xFF) * aboveWeight + ((b ushr 8) and 0xFF) * belowWeight) ushr DROP_AFTER_COLUMNS
        line[2 * plane + x] =
            (((a ushr 16) and 0xFF) * aboveWeight + ((b ushr 16) and 0xFF) * belowWeight) ushr DROP_AFTER_COLUMNS
    }
}

/** A line, resized along itself, as packed pixels. */
private fun blendAcross(line: IntArray, plane: Int, taps: Taps, out: IntArray, offset: Int) {
    val first = taps.first
    val second = taps.second
    val firstWeight = taps.firstWeight
    val secondWeight = taps.secondWeight
    for (x in first.indices) {
        val low = first[x]
        val high = second[x]
        val wa = firstWeight[x]
        val wb = secondWeight[x]
        val a = blend(line[low], line[high], wa, wb)
        val b = blend(line[plane + low], line[plane + high], wa, wb)
        val c = blend(line[2 * plane + low], line[2 * plane + high], wa, wb)
        out[offset + x] = a or (b shl 8) or (c shl 16)
    }
}

@Suppress("NOTHING_TO_INLINE") // for the interpreter and simple compilers: three calls for each pixel
private inline fun blend(first: Int, second: Int, firstWeight: Int, secondWeight: Int): Int {
    val sum = ((first * firstWeight) ushr DROP_AFTER_ROWS) + ((second * secondWeight) ushr DROP_AFTER_ROWS)
    return (sum + HALF_AT_END) ushr DROP_AT_END
}
