package vision

/**
 * Where a box is and how fast it moves, from where it was seen: a Kalman filter of four numbers, centre x, centre y, width over
 * height, height. The one of eight dimensions of SORT falls apart into four of two, since each number is seen by itself and
 * moved by its own velocity alone: of each, value and velocity, their variances and the covariance of both.
 */
internal class Motion(seen: DoubleArray) {
    private val value = seen.copyOf()
    private val velocity = DoubleArray(NUMBERS)
    private val valueVariance = DoubleArray(NUMBERS) { square(it, 2 * PLACE, ASPECT) }
    private val velocityVariance = DoubleArray(NUMBERS) { square(it, 10 * VELOCITY, ASPECT_VELOCITY) }
    private val covariance = DoubleArray(NUMBERS)

    val x get() = value[0]
    val y get() = value[1]
    val width get() = value[2] * value[3]
    val height get() = value[HEIGHT_AT]

    /** Goes a picture further. Of a box that is lost the height stays: it would grow or shrink without end. */
    fun predict(isLost: Boolean) {
        if (isLost) velocity[HEIGHT_AT] = 0.0
        val height = height
        for (i in 0 until NUMBERS) {
            val place = square(i, PLACE, ASPECT, height)
            val added = square(i, VELOCITY, ASPECT_VELOCITY, height)
            value[i] += velocity[i]
            val after = covariance[i] + velocityVariance[i]
            valueVariance[i] = (valueVariance[i] + covariance[i]) + after + place
            covariance[i] = after
            velocityVariance[i] += added
        }
    }

    /** Takes in where the box was seen. */
    fun correct(seen: DoubleArray) {
        val height = height
        for (i in 0 until NUMBERS) {
            val total = valueVariance[i] + square(i, PLACE, ASPECT_SEEN, height)
            val valueGain = valueVariance[i] / total
            val velocityGain = covariance[i] / total
            val off = seen[i] - value[i]
            value[i] += off * valueGain
            velocity[i] += off * velocityGain
            velocityVariance[i] -= velocityGain * total * velocityGain
            covariance[i] -= valueGain * total * velocityGain
            valueVariance[i] -= valueGain * total * valueGain
        }
    }

    /** A variance: of a deviation in heights of the box, or the aspect's own. */
    private fun square(i: Int, heights: Double, aspect: Double, height: Double = this.height): Double {
        val deviation = if (i == ASPECT_AT) aspect else heights * height
        return deviation * deviation
    }

    private companion object {
        const val NUMBERS = 4
        const val ASPECT_AT = 2
        const val HEIGHT_AT = 3

        // What a picture later is uncertain by, in heights of the box: of its place and size, and of their velocities
        const val PLACE = 1.0 / 20
        const val VELOCITY = 1.0 / 160

        // The aspect has no height to be measured by: its own, when predicted and when seen, and of its velocity
        const val ASPECT = 1e-2
        const val ASPECT_SEEN = 1e-1
        const val ASPECT_VELOCITY = 1e-5
    }
}
