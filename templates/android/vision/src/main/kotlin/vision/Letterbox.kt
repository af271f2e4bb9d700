package vision

import java.nio.Buffer
import java.nio.FloatBuffer

/**
 * A tensor value is `(byte * scale - mean[c]) / std[c]`; outside the picture the byte is [padValue].
 *
 * [mean] and [std] are in the tensor's channel order: RGB, or BGR where [rgb] is false.
 */
class Normalization(
    val scale: Double = 1.0 / 255,
    val mean: DoubleArray = doubleArrayOf(0.0, 0.0, 0.0),
    val std: DoubleArray = doubleArrayOf(1.0, 1.0, 1.0),
    val padValue: Int = 114,
    val rgb: Boolean = true,
)

/**
 * From a picture to the model's input: turn, resize, pad, normalise and split into planes, in one pass.
 *
 * Pixels are those of OpenCV's `resize(INTER_LINEAR)` on the upright picture, bit for bit. Allocates only when the
 * picture's size or rotation is not that of the last call. Not thread-safe: one for each thread.
 */
class Letterbox(private val inputWidth: Int, private val inputHeight: Int, normalization: Normalization) {
    private val rgb = normalization.rgb
    private val padValue = normalization.padValue

    /** (channel, byte) -> tensor value */
    private val table = Array(CHANNELS) { c ->
        FloatArray(256) { byte ->
            val scaled = byte * normalization.scale
            ((scaled - normalization.mean[c]) / normalization.std[c]).toFloat()
        }
    }

    private val resizer: Resizer
    private var plan: LetterboxPlan? = null

    /** The resized picture as it is stored: all of it when it has to be turned, else one row. */
    private var resized = IntArray(0)

    /** One row of the tensor for each channel: between the borders, which stay as they are, values change. */
    private val row = Array(CHANNELS) { FloatArray(inputWidth) }
    private val padRow = Array(CHANNELS) { c -> FloatArray(inputWidth) { table[c][padValue] } }

    init {
        require(inputWidth >= 1 && inputHeight >= 1) {
            "the model's input has no pixels ($inputWidth x $inputHeight)"
        }
        resizer = Resizer(inputWidth, inputHeight)
    }

    /** Fills [tensor], (3, H, W), from index 0 on; its position is 0 afterwards. */
    fun toTensor(image: PixelView, tensor: FloatBuffer): LetterboxPlan {
        val plan = prepare(image)
        val plane = inputWidth * inputHeight
        tensor.clearAll()
        val bottom = plan.top + plan.resizedHeight
        for (c in 0 until CHANNELS) {
            tensor.moveTo(c * plane)
            for (y in 0 until plan.top) tensor.put(padRow[c])
            tensor.moveTo(c * plane + bottom * inputWidth)
            for (y in bottom until inputHeight) tensor.put(padRow[c])
        }
        val stride = strideOf(image)
        if (image.isTurned) for (y in 0 until resizer.height) resizer.row(image, y, resized, y * stride)
        for (i in 0 until plan.resizedHeight) {
            val y = if (image.isFlippedY && !image.isTurned) plan.resizedHeight - 1 - i else i
            if (!image.isTurned) resizer.row(image, i, resized, 0)
            val first = firstOf(image, plan, y, stride)
            val step = stepOf(image, stride)
            val red = if (rgb) 0 else 2
            lookUp(resized, first, step, table[red], row[red], 0, plan)
            lookUp(resized, first, step, table[1], row[1], 8, plan)
            lookUp(resized, first, step, table[2 - red], row[2 - red], 16, plan)
            for (c in 0 until CHANNELS) {
                tensor.moveTo(c * plane + (plan.top + y) * inputWidth)
                tensor.put(row[c])
            }
        }
        tensor.moveTo(0)
        return plan
    }

    /** Fills [bytes], (H, W, 3), in the tensor's channel order. */
    fun toBytes(image: PixelView, bytes: ByteArray): LetterboxPlan {
        val plan = prepare(image)
        bytes.fill(padValue.toByte(), 0, inputWidth * inputHeight * CHANNELS)
        val stride = strideOf(image)
        if (image.isTurned) for (y in 0 until resizer.height) resizer.row(image, y, resized, y * stride)
        for (i in 0 until plan.resizedHeight) {
            val y = if (image.isFlippedY && !image.isTurned) plan.resizedHeight - 1 - i else i
            if (!image.isTurned) resizer.row(image, i, resized, 0)
            var at = firstOf(image, plan, y, stride)
            val step = stepOf(image, stride)
            var out = ((plan.top + y) * inputWidth + plan.left) * CHANNELS
            for (x in 0 until plan.resizedWidth) {
                val pixel = resized[at]
                bytes[out + if (rgb) 0 else 2] = pixel.toByte()
                bytes[out + 1] = (pixel ushr 8).toByte()
                bytes[out + if (rgb) 2 else 0] = (pixel ushr 16).toByte()
                out += CHANNELS
                at += step
            }
        }
        return plan
    }

    private fun prepare(image: PixelView): LetterboxPlan {
        val next = resizer.prepare(image)
        val needed = if (image.isTurned) strideOf(image) * resizer.height else resizer.width
        if (resized.size < needed) resized = IntArray(needed)
        if (next != plan) {
            for (c in 0 until CHANNELS) padRow[c].copyInto(row[c])
            plan = next
        }
        return next
    }

    /** Ints from one row of [resized] to the next. */
    private fun strideOf(image: PixelView): Int = if (image.isTurned) resizer.width or CACHE_SPREAD else 0

    /** Where the upright row [y] begins in [resized]. */
    private fun firstOf(image: PixelView, plan: LetterboxPlan, y: Int, stride: Int): Int {
        val x = if (image.isFlippedX) plan.resizedWidth - 1 else 0
        if (!image.isTurned) return x
        return x * stride + if (image.isFlippedY) plan.resizedHeight - 1 - y else y
    }

    private fun stepOf(image: PixelView, stride: Int): Int {
        val step = if (image.isTurned) stride else 1
        return if (image.isFlippedX) -step else step
    }
}

private const val CHANNELS = 3
private const val CACHE_SPREAD = 16

private fun lookUp(
    pixels: IntArray,
    first: Int,
    step: Int,
    table: FloatArray,
    out: FloatArray,
    shift: Int,
    plan: LetterboxPlan,
) {
    var at = first
    for (x in plan.left until plan.left + plan.resizedWidth) {
        out[x] = table[(pixels[at] ushr shift) and 0xFF]
        at += step
    }
}

/** By way of [Buffer]: newer platforms have `FloatBuffer position(int)` of their own, which older ones lack. */
private fun Buffer.moveTo(position: Int) {
    position(position)
}

private fun Buffer.clearAll() {
    clear()
}
