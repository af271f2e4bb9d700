package vision

/**
 * From a picture to the model's input: turn, resize, pad, normalise and split into planes.
 *
 * isStretched: the picture takes all of the input, whatever its shape. Not thread-safe: one for each thread.
 */
class Letterbox(
    inputWidth: Int,
    inputHeight: Int,
    private val normalization: Normalization,
    private val isStretched: Boolean = false
) : Preprocessor(inputWidth, inputHeight, normalization, normalization.table()) {
    private val resizer = Resizer()
    private var plan: LetterboxPlan? = null

    override fun fill(image: PixelView, pixels: IntArray): LetterboxPlan {
        val plan = planOf(image)
        if (plan != this.plan) pixels.fill(gray(normalization.padValue))
        this.plan = plan
        resizer.resize(image, plan, pixels)
        return plan
    }

    private fun planOf(image: PixelView): LetterboxPlan {
        val last = plan
        if (last?.sourceWidth == image.uprightWidth && last.sourceHeight == image.uprightHeight) return last
        val fitted = planLetterbox(image.uprightWidth, image.uprightHeight, inputWidth, inputHeight)
        return if (isStretched) fitted.stretched() else fitted
    }
}

private fun gray(byte: Int): Int = byte or (byte shl PACKED_BITS) or (byte shl 2 * PACKED_BITS)

/** Returns the letterbox of a model. */
internal fun letterboxOf(info: ModelInfo) = Letterbox(info.inputWidth, info.inputHeight, info.normalization())
