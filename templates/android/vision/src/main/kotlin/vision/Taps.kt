package vision

/** OpenCV's fixed point: weights have 11 bits. */
internal const val WEIGHT_ONE = 2048

/**
 * For each place along one axis of the resized picture, the two places of the stored one that it lies between, and
 * their weights. `first[i] <= second[i]` always.
 */
internal class Taps(count: Int) {
    val first = IntArray(count)
    val second = IntArray(count)
    val firstWeight = IntArray(count)
    val secondWeight = IntArray(count)

    val size get() = first.size

    /** [i] counts along the upright picture; [flipped]: the stored picture has this axis the other way round. */
    fun set(i: Int, lower: Int, lowerWeight: Int, upperWeight: Int, source: Int, flipped: Boolean) {
        var low = lower.coerceIn(0, source - 1)
        var high = (lower + 1).coerceIn(0, source - 1)
        // What has no weight adds nothing: spare the work of fetching it.
        if (upperWeight == 0) high = low
        if (lowerWeight == 0) low = high
        val at = if (flipped) size - 1 - i else i
        first[at] = if (flipped) source - 1 - high else low
        second[at] = if (flipped) source - 1 - low else high
        firstWeight[at] = if (flipped) upperWeight else lowerWeight
        secondWeight[at] = if (flipped) lowerWeight else upperWeight
    }
}

/** Along x of the upright picture. At the border the neighbour inside has all the weight. */
internal fun columnTaps(source: Int, target: Int, flipped: Boolean): Taps {
    val taps = Taps(target)
    val scale = scaleOf(source, target)
    for (i in 0 until target) {
        val position = positionOf(i, scale)
        val lower = Math.floor(position.toDouble()).toInt()
        val share = position - lower
        if (lower < 0) {
            taps.set(i, 0, WEIGHT_ONE, 0, source, flipped)
        } else if (lower >= source - 1) {
            taps.set(i, source - 2, 0, WEIGHT_ONE, source, flipped)
        } else {
            taps.set(i, lower, fixedPoint(1 - share), fixedPoint(share), source, flipped)
        }
    }
    return taps
}

/**
 * Along y of the upright picture. Rows keep their weights at the border, where both are the same row: with truncated
 * products two shares of a row are not always the row itself, and OpenCV does it this way.
 */
internal fun rowTaps(source: Int, target: Int, flipped: Boolean): Taps {
    val taps = Taps(target)
    val scale = scaleOf(source, target)
    for (i in 0 until target) {
        val position = positionOf(i, scale)
        val lower = Math.floor(position.toDouble()).toInt()
        val share = position - lower
        taps.set(i, lower, fixedPoint(1 - share), fixedPoint(share), source, flipped)
    }
    return taps
}

/** Source pixels per target pixel. Not source / target: the last bit matters. */
private fun scaleOf(source: Int, target: Int): Double = 1.0 / (target.toDouble() / source)

private fun positionOf(target: Int, scale: Double): Float = ((target + 0.5) * scale - 0.5).toFloat()

private fun fixedPoint(weight: Float): Int = roundHalfEven((weight * WEIGHT_ONE).toDouble())
