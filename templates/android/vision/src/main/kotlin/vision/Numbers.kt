package vision

/** How int8 stands for numbers: (number - [zeroPoint]) * [scale], in float32. */
class Steps(val scale: Float, val zeroPoint: Int) {
    fun value(number: Int): Float = (number - zeroPoint) * scale

    /** The nearest number: half goes to even, what lies outside to the last one. */
    fun nearest(value: Float): Byte {
        val number = Math.rint((value / scale).toDouble()).toFloat() + zeroPoint
        return number.coerceIn(LEAST.toFloat(), MOST.toFloat()).toInt().toByte()
    }

    private companion object {
        const val LEAST = -128
        const val MOST = 127
    }
}

/** What a model gives, flat: [floats], or where there are [steps] int8 that stand for them. This is where int8 is read. */
class Numbers private constructor(val floats: FloatArray, val bytes: ByteArray, val steps: Steps?) {
    constructor(floats: FloatArray) : this(floats, ByteArray(0), null)

    constructor(bytes: ByteArray, steps: Steps) : this(FloatArray(0), bytes, steps)

    val size get() = if (steps == null) floats.size else bytes.size

    operator fun get(i: Int): Float = if (steps == null) floats[i] else steps.value(bytes[i].toInt())

    /** A copy. */
    fun values() = FloatArray(size) { get(it) }

    companion object {
        /** What stands for [values]: themselves, or the nearest [steps]. */
        fun of(values: FloatArray, steps: Steps?): Numbers =
            if (steps == null) Numbers(values) else Numbers(ByteArray(values.size) { steps.nearest(values[it]) }, steps)
    }
}
