package vision

/** For [ModelInfo.makePreprocessor]. */
fun makeLetterbox(info: ModelInfo): Preprocessor = BilinearPreprocessor(info, ::planLetterbox)

/** Ultralytics subtracts it before rounding: of a border that ends in a half, the odd pixel is at the right or bottom. */
private const val ODD_PIXEL_BIAS = 0.1

/** Fits a picture into the middle of the input, keeping its shape. */
fun planLetterbox(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int): LetterboxPlan {
    val ratio = minOf(inputHeight.toDouble() / sourceHeight, inputWidth.toDouble() / sourceWidth)
    val width = roundHalfEven(sourceWidth * ratio).coerceAtLeast(1)
    val height = roundHalfEven(sourceHeight * ratio).coerceAtLeast(1)
    val left = roundHalfEven((inputWidth - width) / 2.0 - ODD_PIXEL_BIAS)
    val top = roundHalfEven((inputHeight - height) / 2.0 - ODD_PIXEL_BIAS)
    return LetterboxPlan(sourceWidth, sourceHeight, inputWidth, inputHeight, width, height, left, top)
}
