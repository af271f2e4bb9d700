package vision

/** For [ModelInfo.makePreprocessor]. */
fun makeLetterboxTopLeft(info: ModelInfo): Preprocessor = BilinearPreprocessor(info, ::planLetterboxTopLeft)

/** Fits a picture into the top left of the input, keeping its shape. Sizes are cut, and the gain is the ratio before that. */
fun planLetterboxTopLeft(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int): LetterboxPlan {
    val ratio = minOf(inputHeight.toDouble() / sourceHeight, inputWidth.toDouble() / sourceWidth)
    val width = (sourceWidth * ratio).toInt().coerceAtLeast(1)
    val height = (sourceHeight * ratio).toInt().coerceAtLeast(1)
    return LetterboxPlan(sourceWidth, sourceHeight, inputWidth, inputHeight, width, height, 0, 0, ratio, ratio)
}
