package vision

/**
 * From a picture to the input of a classifier, as torchvision's Resize and CenterCrop do it with Pillow's pictures: turn, make
 * the shorter side as long as the input's, cut the middle out, normalise and split into planes. A model whose input is no
 * square gets the whole picture, stretched.
 *
 * Allocates only when the picture's size or rotation is not that of the last call. Not thread-safe: one for each thread.
 */
class CentreCrop(inputWidth: Int, inputHeight: Int, normalization: Normalization) :
    Preprocessor(inputWidth, inputHeight, normalization, roundedTable(normalization)) {
    private var resize: PillowResize? = null
    private var plan = planLetterbox(1, 1, inputWidth, inputHeight)
    private var rotation = 0
    private var isMirrored = false
    private var isAcrossFirst = true

    override fun fill(image: PixelView, pixels: IntArray): LetterboxPlan {
        val resize = prepare(image)
        if (image.isTurned) {
            resize.resize(image, !isAcrossFirst, pixels, stepX = inputWidth, stepY = 1)
        } else {
            resize.resize(image, isAcrossFirst, pixels, stepX = 1, stepY = inputWidth)
        }
        return plan
    }

    private fun prepare(image: PixelView): PillowResize {
        val isSameSize = image.uprightWidth == plan.sourceWidth && image.uprightHeight == plan.sourceHeight
        val isSame = isSameSize && image.rotation == rotation && image.mirrored == isMirrored
        resize?.takeIf { isSame }?.let { return it }
        rotation = image.rotation
        isMirrored = image.mirrored
        plan = cropPlan(image.uprightWidth, image.uprightHeight, inputWidth, inputHeight)
        // Pillow 13 goes down first where that leaves less to do.
        isAcrossFirst = !(
            plan.resizedHeight < plan.sourceHeight &&
                plan.sourceHeight - plan.resizedHeight > 2 * (plan.sourceWidth - plan.resizedWidth)
            )
        val across = PillowTaps(plan.sourceWidth, plan.resizedWidth, -plan.left, inputWidth, image.isFlippedX)
        val down = PillowTaps(plan.sourceHeight, plan.resizedHeight, -plan.top, inputHeight, image.isFlippedY)
        val next = if (image.isTurned) PillowResize(down, across) else PillowResize(across, down)
        resize = next
        return next
    }
}

/** Returns (channel, byte) -> tensor value, each step rounded, as torchvision's ToTensor and Normalize do it. */
private fun roundedTable(normalization: Normalization) = Array(CHANNELS) { c ->
    FloatArray(256) { byte ->
        val scaled = (byte * normalization.scale).toFloat()
        (scaled - normalization.mean[c].toFloat()) / normalization.std[c].toFloat()
    }
}

/** Where an upright picture lands: the input is its middle, so left and top are not above 0. */
internal fun cropPlan(sourceWidth: Int, sourceHeight: Int, inputWidth: Int, inputHeight: Int): LetterboxPlan {
    val isSquare = inputWidth == inputHeight
    val isWide = sourceHeight < sourceWidth
    val width = if (isSquare && isWide) longSide(inputWidth, sourceWidth, sourceHeight) else inputWidth
    val height = if (isSquare && !isWide) longSide(inputHeight, sourceHeight, sourceWidth) else inputHeight
    val left = roundHalfEven((width - inputWidth) / 2.0)
    val top = roundHalfEven((height - inputHeight) / 2.0)
    return LetterboxPlan(sourceWidth, sourceHeight, inputWidth, inputHeight, width, height, -left, -top)
}

/** Not rounded: cut off. */
private fun longSide(size: Int, long: Int, short: Int): Int = (size.toLong() * long / short).toInt()
