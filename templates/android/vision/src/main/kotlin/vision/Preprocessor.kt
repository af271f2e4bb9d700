package vision

import java.nio.ByteBuffer
import java.nio.ByteOrder

internal const val CHANNELS = 3

/** A tensor value is (byte * scale - mean) / std; outside the picture the byte is [padValue]. */
class Normalization(
    val scale: Double = 1.0 / 255,
    /** In the tensor's channel order, as is [std]. */
    val mean: DoubleArray = doubleArrayOf(0.0, 0.0, 0.0),
    val std: DoubleArray = doubleArrayOf(1.0, 1.0, 1.0),
    val padValue: Int = 114,
    /** The tensor's channel order; false: BGR. */
    val rgb: Boolean = true,
    /** The quantization of an int8 input; null: float32. */
    val steps: Steps? = null
) {
    /** Returns (channel, byte) -> tensor value. */
    internal fun table() = Array(CHANNELS) { c ->
        FloatArray(256) { byte ->
            val scaled = byte * scale
            ((scaled - mean[c]) / std[c]).toFloat()
        }
    }
}

/**
 * A model's input (1, 3, H, W): [floats], or int8 in [bytes] if there are [steps]. Outside of the heap and in the
 * machine's byte order, so that the runtime reads it in place.
 */
class ModelInput(val size: Int, val steps: Steps?) {
    val bytes: ByteBuffer =
        ByteBuffer.allocateDirect(if (steps == null) size * Float.SIZE_BYTES else size).order(ByteOrder.nativeOrder())
    val floats = bytes.asFloatBuffer()

    /** Returns a copy of all values, dequantized. */
    fun values() = FloatArray(size) { if (steps == null) floats.get(it) else steps.value(bytes.get(it).toInt()) }

    /** Copies all values of another input of the same model. */
    fun put(other: ModelInput) {
        val all = other.bytes.duplicate()
        all.position(0)
        bytes.position(0)
        bytes.put(all)
    }
}

/** From a picture to the model's input. table: (channel, byte) -> tensor value. Not thread-safe: one for each thread. */
abstract class Preprocessor(
    protected val inputWidth: Int,
    protected val inputHeight: Int,
    private val normalization: Normalization,
    private val table: Array<FloatArray>
) {
    init {
        require(inputWidth >= 1 && inputHeight >= 1) { "the model's input has no pixels" }
    }

    private val plane = inputWidth * inputHeight
    private val pixels = IntArray(plane) // packed: red in the lowest byte
    private val values = FloatArray(if (normalization.steps == null) plane else 0)
    private val numbers = ByteArray(if (normalization.steps == null) 0 else plane)
    private val byteTable = normalization.steps?.let { steps ->
        Array(CHANNELS) { c -> ByteArray(256) { steps.nearest(table[c][it]) } }
    }

    /** How many values an input has. */
    val size = CHANNELS * plane

    /** Returns an input as the model takes it. */
    fun newInput() = ModelInput(size, normalization.steps)

    /** Fills [pixels] (H, W), packed. They are what the last call left there. */
    protected abstract fun fill(image: PixelView, pixels: IntArray): LetterboxPlan

    /** Fills all of [input]. */
    fun toTensor(image: PixelView, input: ModelInput): LetterboxPlan {
        val plan = fill(image, pixels)
        input.floats.position(0)
        input.bytes.position(0)
        for (c in 0 until CHANNELS) {
            val shift = shiftOf(c)
            if (byteTable == null) {
                for (i in values.indices) values[i] = table[c][pixels[i] ushr shift and 0xFF]
                input.floats.put(values)
            } else {
                for (i in numbers.indices) numbers[i] = byteTable[c][pixels[i] ushr shift and 0xFF]
                input.bytes.put(numbers)
            }
        }
        return plan
    }

    /** Fills [bytes] (H, W, 3), in the tensor's channel order. */
    fun toBytes(image: PixelView, bytes: ByteArray): LetterboxPlan {
        val plan = fill(image, pixels)
        for (i in 0 until plane) {
            for (c in 0 until CHANNELS) bytes[i * CHANNELS + c] = (pixels[i] ushr shiftOf(c)).toByte()
        }
        return plan
    }

    private fun shiftOf(c: Int): Int = PACKED_BITS * if (normalization.rgb) c else CHANNELS - 1 - c
}

/**
 * Where an upright picture is in the model's input. All sizes in pixels, at least 1. [left] and [top] are the border; what
 * is left over goes to the right and to the bottom. They are below 0 if the input shows only the middle. The gains are
 * input pixels per picture pixel: of the rounded sizes, if the plan does not say otherwise.
 */
data class LetterboxPlan(
    val sourceWidth: Int,
    val sourceHeight: Int,
    val inputWidth: Int,
    val inputHeight: Int,
    val resizedWidth: Int,
    val resizedHeight: Int,
    val left: Int,
    val top: Int,
    val gainX: Double = resizedWidth.toDouble() / sourceWidth,
    val gainY: Double = resizedHeight.toDouble() / sourceHeight
)

/** Rounds to the nearest whole number, halves to the even one, as Python's `round` and OpenCV's `cvRound` do. */
internal fun roundHalfEven(value: Double): Int = Math.rint(value).toInt()
