package vision

/** How many numbers a keypoint has in a result: x, y, score. */
internal const val KEYPOINT_NUMBERS = 3

/** The keypoints of one box, in pixels of the upright picture. values: x, y, score of each, one after the other. */
class Keypoints(private val values: FloatArray) {
    val size get() = values.size / KEYPOINT_NUMBERS

    fun x(keypoint: Int): Float = values[keypoint * KEYPOINT_NUMBERS]

    fun y(keypoint: Int): Float = values[keypoint * KEYPOINT_NUMBERS + 1]

    /** The score of its visibility, 0 to 1; 1 if the model has none. */
    fun score(keypoint: Int): Float = values[keypoint * KEYPOINT_NUMBERS + 2]
}

/**
 * The form of keypoints in the outputs: [count] of a candidate, [values] numbers of each: x, y and, if it is 3, a score. In
 * levels, a position is (number * [scale] + cell centre + [shift]) * stride and the score is a logit; in one tensor,
 * positions are input pixels and scores are scores.
 */
class KeypointRule(val count: Int, val values: Int, val scale: Float, val shift: Float) {
    companion object {
        fun of(info: ModelInfo) =
            KeypointRule(info.keypoints, info.keypointValues, info.keypointScale, info.keypointShift)
    }
}

/**
 * Returns the keypoints of candidate [index] in pixels of the model's input: x, y and score of each, one after the other.
 * The score is 1 if the model has none.
 */
fun keypointsAt(head: Head, rule: KeypointRule, outputs: Array<Numbers>, index: Int): FloatArray {
    val numbers = head.contract.extrasAt(head, outputs, index)
    val keypoints = FloatArray(rule.count * KEYPOINT_NUMBERS) { 1f }
    for (k in 0 until rule.count) {
        val from = k * rule.values
        val to = k * KEYPOINT_NUMBERS
        val hasScore = rule.values == KEYPOINT_NUMBERS
        if (head.contract.layout == Layout.LEVELS) {
            val (i, cell) = head.find(index)
            val level = head.levels[i]
            keypoints[to] = (numbers[from] * rule.scale + (level.centreX(cell) + rule.shift)) * level.stride
            keypoints[to + 1] = (numbers[from + 1] * rule.scale + (level.centreY(cell) + rule.shift)) * level.stride
            if (hasScore) keypoints[to + 2] = sigmoid(numbers[from + 2])
        } else {
            numbers.copyInto(keypoints, to, from, from + rule.values)
        }
    }
    return keypoints
}

/**
 * Moves keypoints from the model's input back to the upright picture, and clips them there. A keypoint that is not finite
 * comes to 0, 0 with score 0.
 */
internal fun toImage(decoded: FloatArray, plan: LetterboxPlan): Keypoints {
    val moved = FloatArray(decoded.size)
    for (at in decoded.indices step KEYPOINT_NUMBERS) {
        val x = decoded[at]
        val y = decoded[at + 1]
        val score = decoded[at + 2]
        if (!x.isFinite() || !y.isFinite() || !score.isFinite()) continue
        moved[at] = toImage(x, plan.left, plan.gainX, plan.sourceWidth)
        moved[at + 1] = toImage(y, plan.top, plan.gainY, plan.sourceHeight)
        moved[at + 2] = score
    }
    return Keypoints(moved)
}
