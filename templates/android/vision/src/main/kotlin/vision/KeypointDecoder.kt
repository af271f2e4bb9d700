package vision

/** How many numbers a keypoint has in a result: x, y, score. */
internal const val KEYPOINT_NUMBERS = 3

/**
 * How keypoints stand in the outputs: [count] of them, [values] numbers each, x, y and, where there are three, a visibility.
 * Where they come by levels, the place is (number * [scale] + cell centre + [shift]) * stride and the visibility a logit;
 * else it is in input pixels already, with a score.
 */
class KeypointRule(val count: Int, val values: Int, val scale: Float, val shift: Float) {
    companion object {
        fun of(info: ModelInfo) =
            KeypointRule(info.keypoints, info.keypointValues, info.keypointScale, info.keypointShift)
    }
}

/** From the model's outputs to keypoints in pixels of its input. Not thread-safe: one for each thread. */
class KeypointDecoder(private val head: Head, private val rule: KeypointRule) {
    private val extras = Extras(head)
    private val decoded = FloatArray(rule.count * KEYPOINT_NUMBERS)

    /** Of candidate [index]: x, y, score (1 where the model has none) of each keypoint; valid until the next call. */
    fun decode(outputs: Array<Numbers>, index: Int): FloatArray {
        extras.find(outputs, index)
        if (head is Head.Levels) decodeCell(head.levels[extras.level], extras.cell) else copy()
        return decoded
    }

    private fun decodeCell(level: Level, cell: Int) {
        val x = level.centreX(cell) + rule.shift
        val y = level.centreY(cell) + rule.shift
        for (k in 0 until rule.count) {
            val from = k * rule.values
            val to = k * KEYPOINT_NUMBERS
            decoded[to] = (extras.values[from] * rule.scale + x) * level.stride
            decoded[to + 1] = (extras.values[from + 1] * rule.scale + y) * level.stride
            decoded[to + 2] = if (hasScore) sigmoid(extras.values[from + 2]) else 1f
        }
    }

    private fun copy() {
        for (k in 0 until rule.count) {
            val from = k * rule.values
            val to = k * KEYPOINT_NUMBERS
            decoded[to] = extras.values[from]
            decoded[to + 1] = extras.values[from + 1]
            decoded[to + 2] = if (hasScore) extras.values[from + 2] else 1f
        }
    }

    private val hasScore get() = rule.values == KEYPOINT_NUMBERS
}

/**
 * Moves keypoints from the model's input back to the upright picture, and clips them there, as their boxes are. One of which
 * any number is not finite has no place and is not seen: 0, 0 with score 0.
 */
internal fun toImage(decoded: FloatArray, plan: LetterboxPlan): Keypoints {
    val moved = FloatArray(decoded.size)
    for (at in decoded.indices step KEYPOINT_NUMBERS) {
        val x = decoded[at]
        val y = decoded[at + 1]
        val score = decoded[at + 2]
        if (!x.isFinite() || !y.isFinite() || !score.isFinite()) continue
        moved[at] = back(x, plan.left, plan.gainX, plan.sourceWidth)
        moved[at + 1] = back(y, plan.top, plan.gainY, plan.sourceHeight)
        moved[at + 2] = score
    }
    return Keypoints(moved)
}
