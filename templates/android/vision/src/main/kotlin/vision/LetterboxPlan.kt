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
    val left: Int = border(inputWidth, resizedWidth),
    val top: Int = border(inputHeight, resizedHeight)
) {
    /** Input pixels per picture pixel: of the rounded sizes, so not quite equal. */
    val gainX = resizedWidth.toDouble() / sourceWidth
    val gainY = resizedHeight.toDouble() / sourceHeight

    /** Fits a picture into the input, keeping its shape. */
    constructor(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int) : this(
        sourceWidth,
        sourceHeight,
        inputWidth,
        inputHeight,
        minOf(inputHeight.toDouble() / sourceHeight, inputWidth.toDouble() / sourceWidth)
    )

    private constructor(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int, ratio: Double) : this(
        sourceWidth,
        sourceHeight,
        inputWidth,
        inputHeight,
        roundHalfEven(sourceWidth * ratio).coerceAtLeast(1),
        roundHalfEven(sourceHeight * ratio).coerceAtLeast(1)
    )

    /** The same for a picture that takes all of the input. */
    internal fun stretched() = copy(resizedWidth = inputWidth, resizedHeight = inputHeight, left = 0, top = 0)

    // Short, because generated code would name every member in the app's code
    override fun hashCode() = resizedWidth + resizedHeight

    override fun toString() = "$resizedWidth x $resizedHeight at $left, $top"
}

private fun border(input: Int, resized: Int): Int = roundHalfEven((input - resized) / 2.0 - ODD_PIXEL_BIAS)

/** Rounds to the nearest whole number, halves to the even one, as Python's `round` and OpenCV's `cvRound` do. */
internal fun roundHalfEven(value: Double): Int = Math.rint(value).toInt()
