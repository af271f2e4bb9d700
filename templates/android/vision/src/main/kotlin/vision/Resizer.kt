package vision

/** A packed pixel has bytes 0, 1 and 2 from the lowest bits on. What lies above them does not count. */
internal const val PACKED_BITS = 8

/** Sums of four bytes are packed in the same way: 10 bits are enough for each. The byte itself is a quarter of that. */
private const val SUM_BITS = 10
private const val DROP_FROM_SUM = 2
private const val HALF_OF_SUM = 1 shl (DROP_FROM_SUM - 1)

private enum class Method { COPY, HALVE, INTERPOLATE }

/**
 * Resizes a picture as OpenCV's `resize(INTER_LINEAR)` does with 8-bit data, bit for bit, without turning it: rows and
 * columns are those of the stored picture. Which of the two passes comes first does depend on how it is turned: their
 * roundings differ, and it is the upright picture that has to be resized so.
 */
internal class Resizer(private val inputWidth: Int, private val inputHeight: Int, private val isStretched: Boolean) {
    private val rows = StoredRows()
    private val interpolation = Interpolation(rows)
    private var method = Method.COPY
    private var plan = LetterboxPlan(1, 1, inputWidth, inputHeight)
    private var rotation = NOT_PREPARED
    private var isMirrored = false
    private var sums = IntArray(0)
    private var sumsOfOdd = IntArray(0)

    /** Of the resized picture, as it is stored. */
    var width = 0
        private set
    var height = 0
        private set

    /** Gets ready for a picture. Allocates only when its size, or the way it is turned, is not that of the last one. */
    fun prepare(image: PixelView): LetterboxPlan {
        rows.prepare(image)
        interpolation.forgetLines()
        val sameSize = plan.sourceWidth == image.uprightWidth && plan.sourceHeight == image.uprightHeight
        if (sameSize && rotation == image.rotation && isMirrored == image.mirrored) return plan

        rotation = NOT_PREPARED // until all buffers are there
        val fitted = LetterboxPlan(image.uprightWidth, image.uprightHeight, inputWidth, inputHeight)
        val next = if (isStretched) fitted.stretched() else fitted
        width = if (image.isTurned) next.resizedHeight else next.resizedWidth
        height = if (image.isTurned) next.resizedWidth else next.resizedHeight
        if (width == image.width && height == image.height) {
            method = Method.COPY
        } else if (image.width == width * 2 && image.height == height * 2) {
            method = Method.HALVE
            if (sums.size < image.width) sums = IntArray(image.width)
            if (sumsOfOdd.size < image.width) sumsOfOdd = IntArray(image.width)
        } else {
            method = Method.INTERPOLATE
            interpolation.prepare(image, next)
        }
        plan = next
        rotation = image.rotation
        isMirrored = image.mirrored
        return next
    }

    /** Row [y] of the resized picture, packed, into [out] from [offset] on. */
    fun row(image: PixelView, y: Int, out: IntArray, offset: Int) = when (method) {
        Method.COPY -> rows.copy(image, y, out, offset)
        Method.HALVE -> halvedRow(image, y, out, offset)
        Method.INTERPOLATE -> interpolation.row(image, y, out, offset)
    }

    /** Where byte [byte] of a pixel begins in what [row] gives: 8 bits of it count. */
    fun shiftOf(byte: Int): Int = if (method == Method.HALVE) DROP_FROM_SUM + SUM_BITS * byte else PACKED_BITS * byte

    /** At half the size all four weights are equal and no product loses a bit, so this is what interpolation gives. */
    private fun halvedRow(image: PixelView, y: Int, out: IntArray, offset: Int) {
        val above = rows.fetch(image, 2 * y)
        val below = rows.fetch(image, 2 * y + 1)
        addEvenBytes(above, below, sums, image.width)
        addOddBytes(above, below, sumsOfOdd, image.width)
        packSums(sums, sumsOfOdd, image.width)
        addPairs(sums, out, offset, width)
    }
}

private const val NOT_PREPARED = -1

// Loops are short, over local arrays, and all arrays count from index 0 on: that is what compilers vectorise. Longer ones
// are not unrolled, and with an offset of one array into another a compiler has to fear that they overlap.

/** Bytes 0 and 2 of two rows, added, 16 bits each. */
private fun addEvenBytes(above: IntArray, below: IntArray, sums: IntArray, count: Int) {
    for (x in 0 until count) sums[x] = (above[x] and 0xFF00FF) + (below[x] and 0xFF00FF)
}

/** Byte 1 of two rows, added. */
private fun addOddBytes(above: IntArray, below: IntArray, sums: IntArray, count: Int) {
    for (x in 0 until count) sums[x] = ((above[x] ushr 8) and 0xFF) + ((below[x] ushr 8) and 0xFF)
}

private fun packSums(even: IntArray, odd: IntArray, count: Int) {
    for (x in 0 until count) {
        even[x] = (even[x] and 0xFFFF) or (odd[x] shl SUM_BITS) or ((even[x] ushr 16) shl 2 * SUM_BITS)
    }
}

/** Two neighbours of a row, added, and the half that rounds each sum. */
private fun addPairs(sums: IntArray, out: IntArray, offset: Int, count: Int) {
    val halves = HALF_OF_SUM * (1 + (1 shl SUM_BITS) + (1 shl 2 * SUM_BITS))
    for (x in 0 until count) out[offset + x] = sums[2 * x] + sums[2 * x + 1] + halves
}
