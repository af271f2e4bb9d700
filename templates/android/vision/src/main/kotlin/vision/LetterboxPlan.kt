package vision

/** Puts the odd pixel of a border to the right and to the bottom. */
private const val ODD_PIXEL_BIAS = 0.1

/**
 * Where an upright picture is in the model's input. All sizes in pixels, at least 1. [left] and [top] are the border; what
 * is left over goes to the right and to the bottom. They are below 0 if the input shows only the middle.
 */
data class LetterboxPlan(
    val sourceWidth: Int,
    val sourceHeight: Int,
    val inputWidth: Int,
    val inputHeight: Int,
    val resizedWidth: Int,
    val resizedHeight: Int,
    val left: Int,
    val top: Int
) {
    /** Input pixels per picture pixel: of the rounded sizes, so not quite equal. */
    val gainX = resizedWidth.toDouble() / sourceWidth
    val gainY = resizedHeight.toDouble() / sourceHeight

    /** Returns the plan of a picture that takes all of the input, whatever its shape. */
    internal fun stretched() = copy(resizedWidth = inputWidth, resizedHeight = inputHeight, left = 0, top = 0)
}

/** Fits a picture into the input, keeping its shape. */
fun planLetterbox(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int): LetterboxPlan {
    val ratio = minOf(inputHeight.toDouble() / sourceHeight, inputWidth.toDouble() / sourceWidth)
    val width = roundHalfEven(sourceWidth * ratio).coerceAtLeast(1)
    val height = roundHalfEven(sourceHeight * ratio).coerceAtLeast(1)
    val left = roundHalfEven((inputWidth - width) / 2.0 - ODD_PIXEL_BIAS)
    val top = roundHalfEven((inputHeight - height) / 2.0 - ODD_PIXEL_BIAS)
    return LetterboxPlan(sourceWidth, sourceHeight, inputWidth, inputHeight, width, height, left, top)
}

/** Rounds to the nearest whole number, halves to the even one, as Python's `round` and OpenCV's `cvRound` do. */
internal fun roundHalfEven(value: Double): Int = Math.rint(value).toInt()
