package vision

/** Puts the odd pixel of a border to the right and to the bottom. */
private const val ODD_PIXEL_BIAS = 0.1

/**
 * Where an upright picture lands in the model's input: how large, and where. All sizes in pixels, at least 1; [left] and
 * [top] are below 0 where the input shows only the middle.
 */
data class LetterboxPlan(
    val sourceWidth: Int,
    val sourceHeight: Int,
    val inputWidth: Int,
    val inputHeight: Int,
    val resizedWidth: Int,
    val resizedHeight: Int,
    /** The border; what is left over goes to the right and to the bottom. */
    val left: Int,
    val top: Int
) {
    /** Input pixels per picture pixel: of the rounded sizes, so not quite equal. */
    val gainX = resizedWidth.toDouble() / sourceWidth
    val gainY = resizedHeight.toDouble() / sourceHeight

    // In short: what would be generated asks and names every member in the app's code
    override fun hashCode() = resizedWidth + resizedHeight

    override fun toString() = "$resizedWidth x $resizedHeight at $left, $top"

    /** As large as it fits, in its own shape, in the middle. */
    constructor(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int) : this(
        sourceWidth,
        sourceHeight,
        inputWidth,
        inputHeight,
        resized(sourceWidth, ratio(sourceWidth, sourceHeight, inputWidth, inputHeight)),
        resized(sourceHeight, ratio(sourceWidth, sourceHeight, inputWidth, inputHeight))
    )

    /** All of the input, whatever its shape. */
    internal fun stretched() = copy(resizedWidth = inputWidth, resizedHeight = inputHeight, left = 0, top = 0)

    private constructor(
        sourceWidth: Int,
        sourceHeight: Int,
        inputWidth: Int,
        inputHeight: Int,
        resizedWidth: Int,
        resizedHeight: Int
    ) : this(
        sourceWidth,
        sourceHeight,
        inputWidth,
        inputHeight,
        resizedWidth,
        resizedHeight,
        border(inputWidth, resizedWidth),
        border(inputHeight, resizedHeight)
    )
}

private fun ratio(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int): Double =
    minOf(inputHeight.toDouble() / sourceHeight, inputWidth.toDouble() / sourceWidth)

private fun resized(source: Int, ratio: Double): Int = roundHalfEven(source * ratio).coerceAtLeast(1)

private fun border(input: Int, resized: Int): Int = roundHalfEven((input - resized) / 2.0 - ODD_PIXEL_BIAS)

/** Rounds to the nearest whole number, halves to the even one, as Python's `round` and OpenCV's `cvRound` do. */
internal fun roundHalfEven(value: Double): Int = Math.rint(value).toInt()
