package vision

/**
 * From a picture to the model's input: turn, resize, pad, normalise and split into planes.
 *
 * makePlan: from the widths and heights of picture and input to the picture's place. Not thread-safe: one for each thread.
 */
class BilinearPreprocessor(
    inputWidth: Int,
    inputHeight: Int,
    private val normalization: Normalization,
    private val makePlan: (Int, Int, Int, Int) -> LetterboxPlan
) : Preprocessor(inputWidth, inputHeight, normalization, normalization.table()) {
    private val resizer = Resizer()
    private var plan: LetterboxPlan? = null

    internal constructor(info: ModelInfo, makePlan: (Int, Int, Int, Int) -> LetterboxPlan) :
        this(info.inputWidth, info.inputHeight, info.normalization(), makePlan)

    override fun fill(image: PixelView, pixels: IntArray): LetterboxPlan {
        val width = image.uprightWidth
        val height = image.uprightHeight
        val last = plan?.takeIf { it.sourceWidth == width && it.sourceHeight == height }
        val next = last ?: makePlan(width, height, inputWidth, inputHeight)
        if (last == null) pixels.fill(gray(normalization.padValue))
        plan = next
        resizer.resize(image, next, pixels)
        return next
    }
}

private fun gray(byte: Int): Int = byte or (byte shl PACKED_BITS) or (byte shl 2 * PACKED_BITS)

// Bilinear resizing, with the pixels of OpenCV's resize(INTER_LINEAR) on 8-bit data, bit for bit.

/** Fixed point, as in OpenCV: weights have 11 bits; 4, 16 and 2 bits are dropped from a product of two of them. */
private const val WEIGHT_ONE = 2048
private const val DROP_AFTER_COLUMNS = 4
private const val DROP_AFTER_ROWS = 16
private const val DROP_AT_END = 2
private const val HALF_AT_END = 1 shl (DROP_AT_END - 1)

private fun fixedPoint(weight: Float): Int = roundHalfEven((weight * WEIGHT_ONE).toDouble())

/**
 * The taps of an axis: target position i is between two stored positions. At the border, both are the same pixel.
 * [isFlipped]: stored positions are counted from the other end.
 */
private class Taps(private val source: Int, val target: Int, private val isFlipped: Boolean) {
    val first = IntArray(target)
    val second = IntArray(target)
    val firstWeight = IntArray(target)
    val secondWeight = IntArray(target)

    init {
        val scale = 1.0 / (target.toDouble() / source) // not source / target: the last bit matters
        for (i in 0 until target) {
            val position = ((i + 0.5) * scale - 0.5).toFloat()
            val lower = Math.floor(position.toDouble()).toInt()
            val share = position - lower
            first[i] = stored(lower.coerceIn(0, source - 1))
            second[i] = stored((lower + 1).coerceIn(0, source - 1))
            firstWeight[i] = fixedPoint(1 - share)
            secondWeight[i] = fixedPoint(share)
        }
    }

    private fun stored(position: Int) = if (isFlipped) source - 1 - position else position

    fun isFor(source: Int, target: Int, isFlipped: Boolean) =
        source == this.source && target == this.target && isFlipped == this.isFlipped
}

/** Resizes pictures and turns them upright. */
private class Resizer {
    private val stored = StoredRows()
    private var columns = Taps(1, 1, isFlipped = false)
    private var rows = columns
    private var one = IntArray(0) // a stored row
    private var other = one

    // Of one line: the stored pixels around each of its pixels, their weights across the line, and the result.
    private var corners = Array(4) { one }
    private var firstWeight = one
    private var secondWeight = one
    private var upper = one
    private var lower = one
    private var resized = one

    /** Writes the picture into [pixels] (input height, input width), packed, at the place that [plan] gives. */
    fun resize(image: PixelView, plan: LetterboxPlan, pixels: IntArray) {
        prepare(image, plan)
        // A line is an upright row, or the upright column that a stored row is in a picture on its side.
        val along = if (image.isTurned) rows else columns
        val across = if (image.isTurned) columns else rows
        val isSameSize = columns.target == image.uprightWidth && rows.target == image.uprightHeight
        val corner = plan.top * plan.inputWidth + plan.left
        for (i in 0 until across.target) {
            if (isSameSize) { // nothing to resize, only to turn
                stored.read(image, across.first[i], one)
                gather(one, along.first, resized, along.target)
            } else {
                resizeLine(image, along, across, i)
            }
            if (image.isTurned) {
                for (y in 0 until along.target) pixels[corner + y * plan.inputWidth + i] = resized[y]
            } else {
                System.arraycopy(resized, 0, pixels, corner + i * plan.inputWidth, along.target)
            }
        }
    }

    /** Allocates only if the picture's size or rotation changes. */
    private fun prepare(image: PixelView, plan: LetterboxPlan) {
        if (!columns.isFor(image.uprightWidth, plan.resizedWidth, image.isFlippedX)) {
            columns = Taps(image.uprightWidth, plan.resizedWidth, image.isFlippedX)
        }
        if (!rows.isFor(image.uprightHeight, plan.resizedHeight, image.isFlippedY)) {
            rows = Taps(image.uprightHeight, plan.resizedHeight, image.isFlippedY)
        }
        if (one.size < image.width) {
            one = IntArray(image.width)
            other = IntArray(image.width)
        }
        val longest = maxOf(columns.target, rows.target)
        if (resized.size >= longest) return
        corners = Array(4) { IntArray(longest) }
        firstWeight = IntArray(longest)
        secondWeight = IntArray(longest)
        upper = IntArray(longest)
        lower = IntArray(longest)
        resized = IntArray(longest)
    }

    /** Resizes line [i]. */
    private fun resizeLine(image: PixelView, along: Taps, across: Taps, i: Int) {
        val isTurned = image.isTurned
        val count = along.target
        val (topLeft, topRight, bottomLeft, bottomRight) = corners
        stored.read(image, across.first[i], one)
        stored.read(image, across.second[i], other)
        gather(one, along.first, topLeft, count)
        gather(one, along.second, if (isTurned) bottomLeft else topRight, count)
        gather(other, along.first, if (isTurned) topRight else bottomLeft, count)
        gather(other, along.second, bottomRight, count)
        firstWeight.fill(across.firstWeight[i], 0, count)
        secondWeight.fill(across.secondWeight[i], 0, count)
        resized.fill(0, 0, count)
        for (c in 0 until CHANNELS) {
            if (isTurned) {
                mix(firstWeight, secondWeight, along.firstWeight, along.secondWeight, PACKED_BITS * c, count)
            } else {
                mix(along.firstWeight, along.secondWeight, firstWeight, secondWeight, PACKED_BITS * c, count)
            }
        }
    }

    /** Resizes the byte of each pixel that begins at bit [shift], along x, then along y. */
    private fun mix(left: IntArray, right: IntArray, top: IntArray, bottom: IntArray, shift: Int, count: Int) {
        val (topLeft, topRight, bottomLeft, bottomRight) = corners
        // Short loops over whole arrays: compilers vectorise them. One loop over pixels takes 1 to 2 ms more.
        for (x in 0 until count) upper[x] = mixColumns(topLeft[x], topRight[x], left[x], right[x], shift)
        for (x in 0 until count) lower[x] = mixColumns(bottomLeft[x], bottomRight[x], left[x], right[x], shift)
        for (x in 0 until count) resized[x] = resized[x] or (mixRows(upper[x], lower[x], top[x], bottom[x]) shl shift)
    }
}

private fun gather(from: IntArray, positions: IntArray, out: IntArray, count: Int) {
    for (i in 0 until count) out[i] = from[positions[i]]
}

private fun mixColumns(left: Int, right: Int, leftWeight: Int, rightWeight: Int, shift: Int): Int =
    ((left ushr shift and 0xFF) * leftWeight + (right ushr shift and 0xFF) * rightWeight) ushr DROP_AFTER_COLUMNS

private fun mixRows(upper: Int, lower: Int, upperWeight: Int, lowerWeight: Int): Int {
    val above = upper * upperWeight ushr DROP_AFTER_ROWS
    val below = lower * lowerWeight ushr DROP_AFTER_ROWS
    return (above + below + HALF_AT_END) ushr DROP_AT_END
}
