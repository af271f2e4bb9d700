package vision

/** For [ModelInfo.makePreprocessor]. */
fun makeStretch(info: ModelInfo): Preprocessor = BilinearPreprocessor(info, ::planStretch)

/** The picture takes all of the input, whatever its shape. */
fun planStretch(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int) =
    LetterboxPlan(sourceWidth, sourceHeight, inputWidth, inputHeight, inputWidth, inputHeight, left = 0, top = 0)
