package vision

/**
 * For each place of a resized axis, the two places of the source that it is between: PyTorch's bilinear interpolation of
 * floats. [corners]: the first and the last centres stay in place; otherwise the outer edges do.
 */
internal class BilinearAxis(source: Int, target: Int, corners: Boolean = false) {
    val low = IntArray(target)
    val high = IntArray(target)

    /** Of the higher one, 0 to 1. */
    val share = FloatArray(target)

    init {
        val scale = scaleOf(source, target, corners).toFloat()
        for (i in 0 until target) {
            val position = if (corners) i * scale else maxOf((i + 0.5f) * scale - 0.5f, 0f)
            low[i] = minOf(position.toInt(), source - 1)
            high[i] = minOf(low[i] + 1, source - 1)
            share[i] = minOf(position - low[i], 1f)
        }
    }
}

private fun scaleOf(source: Int, target: Int, corners: Boolean): Double = when {
    !corners -> source.toDouble() / target
    target > 1 -> (source - 1.0) / (target - 1)
    else -> 0.0
}
