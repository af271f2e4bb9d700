package vision

internal const val SIDES = 4 // left, top, right, bottom

/** Below this, e to the power of x is no normal float32 any more. */
private const val LOWEST_POWER = -87f

/** Distances in strides: the expectation of each side's softmax over its bins, or the output itself without bins. */
internal class ExpectedDistances(private val regMax: Int) {
    private val distance = FloatArray(SIDES)

    // Of all bins, side by side
    private val values = FloatArray(SIDES * regMax)
    private val halvings = FloatArray(SIDES * regMax)

    /** The four sides of one cell's box; valid until the next call. box: (4 * regMax, cells) */
    fun of(box: Numbers, cell: Int, cells: Int): FloatArray {
        if (regMax == 1) {
            box.gather(cell, cells, distance)
            return distance
        }
        box.gather(cell, cells, values)
        for (first in values.indices step regMax) lower(first)
        expOfNegative(values, halvings)
        for (side in 0 until SIDES) {
            val first = side * regMax
            var sum = 0f
            var weighted = 0f
            for (bin in 0 until regMax) {
                val weight = values[first + bin] * HALVED[halvings[first + bin].toInt()]
                sum += weight
                weighted += weight * bin
            }
            distance[side] = weighted / sum
        }
        return distance
    }

    /** The bins of one side, from the [first] on, become powers of e: none is above 0. */
    private fun lower(first: Int) {
        var highest = Float.NEGATIVE_INFINITY
        for (i in first until first + regMax) if (values[i] > highest) highest = values[i]
        for (i in first until first + regMax) {
            val power = values[i] - highest
            values[i] = if (power < LOWEST_POWER) LOWEST_POWER else power
        }
    }
}

private const val LOG2_E = 1.44269504f
private const val LN2_HIGH = 0.693359375f // the sum of both is ln 2; the first has few bits
private const val LN2_LOW = -2.12194440e-4f
private const val TO_WHOLE = 12582912f // 1.5 * 2^23: adding it leaves a whole number in the lowest bits
private const val EXPONENT_BIAS = 127
private const val MANTISSA_BITS = 23

/** 1, a half, a quarter and so on, to the least normal float32. */
private val HALVED = FloatArray(EXPONENT_BIAS) { Float.fromBits((EXPONENT_BIAS - it) shl MANTISSA_BITS) }

/**
 * e to the power of each x from [LOWEST_POWER] to 0, to within 3e-7 of itself: what is then in [values] is still to be halved
 * so many times as [halvings] says. Not-a-number stays so. Plain arithmetic on neighbours: the same on every machine,
 * compilers vectorise it, and it is several times as fast as [Math.exp].
 */
private fun expOfNegative(values: FloatArray, halvings: FloatArray) {
    for (i in values.indices) {
        val x = values[i]
        val power = x * LOG2_E + TO_WHOLE - TO_WHOLE // of two
        val rest = (x - power * LN2_HIGH) - power * LN2_LOW // -ln(2) / 2 to ln(2) / 2
        val fifth = 1 / 120f + rest / 720f
        values[i] = 1 + rest * (1 + rest * (1 / 2f + rest * (1 / 6f + rest * (1 / 24f + rest * fifth))))
        halvings[i] = -power
    }
}
