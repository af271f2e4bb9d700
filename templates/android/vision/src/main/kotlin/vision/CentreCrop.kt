package vision

/**
 * From a picture to the input of a classifier, as torchvision's Resize and CenterCrop do it with Pillow's pictures: turn, make
 * the shorter side as long as the input's, cut the middle out, normalise and split into planes. A model whose input is no
 * square gets the whole picture, stretched.
 *
 * Allocates only when the picture's size or rotation is not that of the last call. Not thread-safe: one for each thread.
 */
class CentreCrop(private val inputWidth: Int, private val inputHeight: Int, normalization: Normalization) :
    Preprocessor {
    override val size = CHANNELS * inputHeight * inputWidth

    private val rgb = normalization.rgb

    /** (channel, byte) -> tensor value. Each step is rounded, as torchvision's ToTensor and Normalize do it. */
    private val table = Array(CHANNELS) { c ->
        FloatArray(256) { byte ->
            val scaled = (byte * normalization.scale).toFloat()
            (scaled - normalization.mean[c].toFloat()) / normalization.std[c].toFloat()
        }
    }
    private val pixels: IntArray
    private val bytes: IntArray
    private val steps = normalization.steps
    private val inputRows: InputRows
    private var resize: PillowResize? = null
    private var plan = LetterboxPlan(1, 1, inputWidth, inputHeight)
    private var rotation = 0
    private var isMirrored = false
    private var isAcrossFirst = true

    init {
        require(inputWidth >= 1 && inputHeight >= 1) { "the model's input has no pixels" }
        pixels = IntArray(inputWidth * inputHeight)
        bytes = IntArray(inputWidth)
        inputRows = InputRows.of(table, normalization, inputWidth, inputHeight)
    }

    override fun newInput() = ModelInput(size, steps)

    override fun toTensor(image: PixelView, input: ModelInput): LetterboxPlan {
        run(image)
        for (c in 0 until CHANNELS) {
            val shift = Byte.SIZE_BITS * byteOf(c)
            for (y in 0 until inputHeight) {
                extractByte(pixels, y * inputWidth, shift, bytes, inputWidth)
                inputRows.put(input, c, y, bytes, left = 0, count = inputWidth)
            }
        }
        return plan
    }

    override fun toBytes(image: PixelView, bytes: ByteArray): LetterboxPlan {
        run(image)
        for (i in pixels.indices) {
            for (c in 0 until CHANNELS) {
                bytes[i * CHANNELS + c] = (pixels[i] ushr (Byte.SIZE_BITS * byteOf(c))).toByte()
            }
        }
        return plan
    }

    private fun run(image: PixelView) {
        val resize = prepare(image)
        if (image.isTurned) {
            resize.resize(image, !isAcrossFirst, pixels, stepX = inputWidth, stepY = 1)
        } else {
            resize.resize(image, isAcrossFirst, pixels, stepX = 1, stepY = inputWidth)
        }
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

    /** The byte of a pixel that belongs to channel [c] of the tensor; pixels begin with red. */
    private fun byteOf(c: Int): Int = if (rgb) c else CHANNELS - 1 - c
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
