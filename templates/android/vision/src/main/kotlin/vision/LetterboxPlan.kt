package vision

/** Puts the odd pixel of a border to the right and to the bottom. */
private const val ODD_PIXEL_BIAS = 0.1

/**
 * Where an upright picture lands in the model's input: as large as it fits, in its own shape, in the middle.
 * All sizes in pixels, at least 1.
 */
data class LetterboxPlan(val sourceWidth: Int, val sourceHeight: Int, val inputWidth: Int, val inputHeight: Int) {
    val resizedWidth: Int
    val resizedHeight: Int

    /** The border; what is left over goes to the right and to the bottom. */
    val left: Int
    val top: Int

    /** Input pixels per picture pixel: of the rounded sizes, so not quite equal. */
    val gainX: Double
    val gainY: Double

    init {
        val ratio = minOf(inputHeight.toDouble() / sourceHeight, inputWidth.toDouble() / sourceWidth)
        resizedWidth = roundHalfEven(sourceWidth * ratio).coerceAtLeast(1)
        resizedHeight = roundHalfEven(sourceHeight * ratio).coerceAtLeast(1)
        left = roundHalfEven((inputWidth - resizedWidth) / 2.0 - ODD_PIXEL_BIAS)
        top = roundHalfEven((inputHeight - resizedHeight) / 2.0 - ODD_PIXEL_BIAS)
        gainX = resizedWidth.toDouble() / sourceWidth
        gainY = resizedHeight.toDouble() / sourceHeight
    }
}

/** Rounds to the nearest whole number, halves to the even one, as Python's `round` and OpenCV's `cvRound` do. */
internal fun roundHalfEven(value: Double): Int = Math.rint(value).toInt()
