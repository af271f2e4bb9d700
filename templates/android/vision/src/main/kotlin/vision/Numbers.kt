package vision

/** The quantization of an int8 tensor: a value is (number - [zeroPoint]) * [scale], in float32. */
class Steps(val scale: Float, val zeroPoint: Int) {
    fun value(number: Int): Float = (number - zeroPoint) * scale

    /** Returns the nearest number: half goes to even, and values out of range to the last number. */
    fun nearest(value: Float): Byte {
        val number = Math.rint((value / scale).toDouble()).toFloat() + zeroPoint
        return number.coerceIn(LEAST.toFloat(), MOST.toFloat()).toInt().toByte()
    }

    private companion object {
        const val LEAST = -128
        const val MOST = 127
    }
}

/** One output of a model, flat: [floats], or quantized [bytes] if there are [steps]. */
class Numbers private constructor(val floats: FloatArray, val bytes: ByteArray, val steps: Steps?) {
    constructor(floats: FloatArray) : this(floats, ByteArray(0), null)

    constructor(bytes: ByteArray, steps: Steps) : this(FloatArray(0), bytes, steps)

    val size get() = if (steps == null) floats.size else bytes.size

    /** Returns value i, dequantized. */
    operator fun get(i: Int): Float = if (steps == null) floats[i] else steps.value(bytes[i].toInt())

    /** Returns a copy of all values. */
    fun values() = FloatArray(size) { get(it) }

    companion object {
        /** Returns [values] as they are, or quantized if there are [steps]. */
        fun of(values: FloatArray, steps: Steps?): Numbers =
            if (steps == null) Numbers(values) else Numbers(ByteArray(values.size) { steps.nearest(values[it]) }, steps)
    }
}
