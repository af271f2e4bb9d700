package vision

internal const val SIDES = 4 // left, top, right, bottom

/** Below this, e to the power of x is no normal float32 any more. */
private const val LOWEST_POWER = -87f

/** Distances in strides: the expectation of each side's softmax over its bins, or the output itself without bins. */
internal class ExpectedDistances(private val regMax: Int) {
    private val distance = FloatArray(SIDES)

    /** The four sides of one cell's box; valid until the next call. box: (4 * regMax, cells) */
    fun of(box: FloatArray, cell: Int, cells: Int): FloatArray {
        if (regMax == 1) {
            for (side in 0 until SIDES) distance[side] = box[side * cells + cell]
            return distance
        }
        for (side in 0 until SIDES) {
            val first = side * regMax * cells + cell
            var highest = Float.NEGATIVE_INFINITY
            for (bin in 0 until regMax) {
                val logit = box[first + bin * cells]
                if (logit > highest) highest = logit
            }
            var sum = 0f
            var weighted = 0f
            for (bin in 0 until regMax) {
                val power = box[first + bin * cells] - highest
                val weight = expOfNegative(if (power < LOWEST_POWER) LOWEST_POWER else power)
                sum += weight
                weighted += weight * bin
            }
            distance[side] = weighted / sum
        }
        return distance
    }
}

private const val LOG2_E = 1.44269504f
private const val LN2_HIGH = 0.693359375f // the sum of both is ln 2; the first has few bits
private const val LN2_LOW = -2.12194440e-4f
private const val TO_WHOLE = 12582912f // 1.5 * 2^23: adding it leaves a whole number in the lowest bits
private const val EXPONENT_BIAS = 127
private const val MANTISSA_BITS = 23

/**
 * e to the power of x from [LOWEST_POWER] to 0, to within 3e-7 of itself; not-a-number stays so. Plain arithmetic, the
 * same on every machine, and several times as fast as [Math.exp].
 */
private fun expOfNegative(x: Float): Float {
    val shifted = x * LOG2_E + TO_WHOLE
    val power = shifted - TO_WHOLE // of two
    val rest = (x - power * LN2_HIGH) - power * LN2_LOW // -ln(2) / 2 to ln(2) / 2
    val fifth = 1 / 120f + rest / 720f
    val series = 1 + rest * (1 + rest * (1 / 2f + rest * (1 / 6f + rest * (1 / 24f + rest * fifth))))
    val factor = Float.fromBits((shifted.toRawBits() + EXPONENT_BIAS) shl MANTISSA_BITS)
    return series * factor
}
