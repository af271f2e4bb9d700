package vision

/** For [ModelInfo.makePreprocessor]. */
fun makeCentreCrop(info: ModelInfo): Preprocessor =
    CentreCrop(info.inputWidth, info.inputHeight, info.normalization(), info.shorterSide, info.isBicubic)

/**
 * From a picture to the model's input, as torchvision's Resize and CenterCrop prepare Pillow's pictures: turn, resize
 * so that the shorter side has the length [shorterSide], cut the centre out, normalize and split into planes.
 *
 * [shorterSide] is at least as long as both sides of the input; 0: the whole picture is stretched to the input. [isBicubic]:
 * the resize; false: bilinear.
 *
 * Allocates only when the picture's size or rotation is not that of the last call. Not thread-safe: one for each thread.
 */
class CentreCrop(
    inputWidth: Int,
    inputHeight: Int,
    normalization: Normalization,
    private val shorterSide: Int,
    private val isBicubic: Boolean = false
) : Preprocessor(inputWidth, inputHeight, normalization, roundedTable(normalization)) {
    private var resize: PillowResize? = null
    private var plan = planCentreCrop(1, 1, inputWidth, inputHeight, shorterSide)
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
        plan = planCentreCrop(image.uprightWidth, image.uprightHeight, inputWidth, inputHeight, shorterSide)
        // Pillow 13 goes down first where that leaves less to do.
        isAcrossFirst = !(
            plan.resizedHeight < plan.sourceHeight &&
                plan.sourceHeight - plan.resizedHeight > 2 * (plan.sourceWidth - plan.resizedWidth)
            )
        val across = taps(plan.sourceWidth, plan.resizedWidth, -plan.left, inputWidth, image.isFlippedX)
        val down = taps(plan.sourceHeight, plan.resizedHeight, -plan.top, inputHeight, image.isFlippedY)
        val next = if (image.isTurned) PillowResize(down, across) else PillowResize(across, down)
        resize = next
        return next
    }

    private fun taps(source: Int, target: Int, from: Int, size: Int, isFlipped: Boolean) =
        PillowTaps(source, target, from, size, isFlipped, isBicubic)
}

/** Returns (channel, byte) -> tensor value, each step rounded, as torchvision's ToTensor and Normalize do it. */
private fun roundedTable(normalization: Normalization) = Array(CHANNELS) { c ->
    FloatArray(256) { byte ->
        val scaled = (byte * normalization.scale).toFloat()
        (scaled - normalization.mean[c].toFloat()) / normalization.std[c].toFloat()
    }
}

/** Returns where an upright picture is placed: the input is its centre, so left and top are not above 0. */
internal fun planCentreCrop(
    sourceWidth: Int,
    sourceHeight: Int,
    inputWidth: Int,
    inputHeight: Int,
    shorterSide: Int
): LetterboxPlan {
    var width = inputWidth
    var height = inputHeight
    if (shorterSide > 0) {
        val longer = longerSide(shorterSide, maxOf(sourceWidth, sourceHeight), minOf(sourceWidth, sourceHeight))
        val isTall = sourceWidth <= sourceHeight
        width = if (isTall) shorterSide else longer
        height = if (isTall) longer else shorterSide
    }
    val left = roundHalfEven((width - inputWidth) / 2.0)
    val top = roundHalfEven((height - inputHeight) / 2.0)
    return LetterboxPlan(sourceWidth, sourceHeight, inputWidth, inputHeight, width, height, -left, -top)
}

/** Not rounded: cut off. */
private fun longerSide(size: Int, long: Int, short: Int): Int = (size.toLong() * long / short).toInt()
