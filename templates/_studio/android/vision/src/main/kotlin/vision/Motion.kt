package vision

/**
 * A Kalman filter of a box's place and velocity, from frame to frame. Its numbers: centre x, centre y, width over height,
 * height.
 *
 * SORT's filter of eight dimensions is four independent ones of two, because each number depends on its own velocity only.
 * Each has a value, a velocity, their variances and their covariance.
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

    /** Predicts the next frame. A lost box keeps its height, which would otherwise grow or shrink without end. */
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

    /** Corrects the prediction by the detected box. */
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

    /** Returns the variance of a deviation, which is in heights of the box; [aspect] is the deviation of the aspect. */
    private fun square(i: Int, heights: Double, aspect: Double, height: Double = this.height): Double {
        val deviation = if (i == ASPECT_AT) aspect else heights * height
        return deviation * deviation
    }

    private companion object {
        const val NUMBERS = 4
        const val ASPECT_AT = 2
        const val HEIGHT_AT = 3

        // The uncertainty after one frame, in heights of the box: of place and size, and of their velocities
        const val PLACE = 1.0 / 20
        const val VELOCITY = 1.0 / 160

        // Of the aspect: predicted, measured, and of its velocity
        const val ASPECT = 1e-2
        const val ASPECT_SEEN = 1e-1
        const val ASPECT_VELOCITY = 1e-5
    }
}
