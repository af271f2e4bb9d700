package vision

/**
 * From a picture to the model's input: turn, resize, pad, normalise and split into planes, in one pass.
 *
 * [isStretched]: the picture takes all of the input, whatever its shape; else it keeps its own, within a border.
 *
 * Pixels are those of OpenCV's `resize(INTER_LINEAR)` on the upright picture, bit for bit. Allocates only when the
 * picture's size or rotation is not that of the last call. Not thread-safe: one for each thread.
 */
class Letterbox(
    private val inputWidth: Int,
    private val inputHeight: Int,
    normalization: Normalization,
    isStretched: Boolean = false
) : Preprocessor {
    override val size = CHANNELS * inputHeight * inputWidth

    private val rgb = normalization.rgb
    private val padValue = normalization.padValue

    private val steps = normalization.steps
    private val rows: UprightRows
    private val inputRows: InputRows
    private val bytes: IntArray
    private var plan: LetterboxPlan? = null

    init {
        require(inputWidth >= 1 && inputHeight >= 1) { "the model's input has no pixels" }
        rows = UprightRows(inputWidth, inputHeight, isStretched)
        bytes = IntArray(inputWidth)
        inputRows = InputRows.of(normalization.table(), normalization, inputWidth, inputHeight)
    }

    override fun newInput() = ModelInput(size, steps)

    override fun toTensor(image: PixelView, input: ModelInput): LetterboxPlan {
        val plan = prepare(image)
        val bottom = plan.top + plan.resizedHeight
        for (c in 0 until CHANNELS) {
            for (y in 0 until plan.top) inputRows.putBorder(input, c, y)
            for (y in bottom until inputHeight) inputRows.putBorder(input, c, y)
        }
        for (y in plan.top until bottom) {
            val row = rows.row(image, y - plan.top)
            for (c in 0 until CHANNELS) {
                extractByte(row, 0, rows.shiftOf(byteOf(c)), bytes, plan.resizedWidth)
                inputRows.put(input, c, y, bytes, plan.left, plan.resizedWidth)
            }
        }
        return plan
    }

    override fun toBytes(image: PixelView, bytes: ByteArray): LetterboxPlan {
        val plan = prepare(image)
        bytes.fill(padValue.toByte(), 0, inputWidth * inputHeight * CHANNELS)
        for (y in 0 until plan.resizedHeight) {
            val row = rows.row(image, y)
            val first = ((plan.top + y) * inputWidth + plan.left) * CHANNELS
            for (c in 0 until CHANNELS) {
                val shift = rows.shiftOf(byteOf(c))
                for (x in 0 until plan.resizedWidth) bytes[first + x * CHANNELS + c] = (row[x] ushr shift).toByte()
            }
        }
        return plan
    }

    private fun prepare(image: PixelView): LetterboxPlan {
        val next = rows.prepare(image)
        if (next != plan) {
            inputRows.clear()
            plan = next
        }
        return next
    }

    /** The byte of a pixel that belongs to channel [c] of the tensor; pixels begin with red. */
    private fun byteOf(c: Int): Int = if (rgb) c else CHANNELS - 1 - c
}

/** The letterbox that the input asks for. */
internal fun letterboxOf(info: ModelInfo) = Letterbox(info.inputWidth, info.inputHeight, info.normalization())
