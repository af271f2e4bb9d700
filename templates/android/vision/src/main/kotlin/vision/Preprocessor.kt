package vision

internal const val CHANNELS = 3

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
    /** How int8 stands for the values; null where they are float32. */
    val steps: Steps? = null
) {
    /** (channel, byte) -> tensor value */
    internal fun table() = Array(CHANNELS) { c ->
        FloatArray(256) { byte ->
            val scaled = byte * scale
            ((scaled - mean[c]) / std[c]).toFloat()
        }
    }
}

/** From a picture to the model's input. Not thread-safe: one for each thread. */
interface Preprocessor {
    /** How many values an input has. */
    val size: Int

    /** An input as the model takes it. */
    fun newInput(): ModelInput

    /** Fills all of [input]. */
    fun toTensor(image: PixelView, input: ModelInput): LetterboxPlan

    /** Fills [bytes], (H, W, 3), in the tensor's channel order. */
    fun toBytes(image: PixelView, bytes: ByteArray): LetterboxPlan
}
