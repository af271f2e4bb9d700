package vision

import kotlin.math.cos
import kotlin.math.sin

/**
 * [decode] for rotated boxes: centre x, centre y, width, height, and the angle in radians by which the width is turned from
 * the x axis towards the y axis, clockwise as the picture is seen. The angle may be any; a width may be below a height.
 */
fun decodeRotated(
    head: Head,
    rule: AngleRule,
    outputs: Array<Numbers>,
    thresholds: Thresholds,
    keepClass: BooleanArray? = null
): List<Candidate> =
    decode(head, outputs, thresholds, keepClass) { level, cell -> rotatedBox(head, rule, outputs, level, cell) }

/** The candidates that are shown, best first: by [rotatedNms], or without it where every object has one box. */
fun chooseRotated(head: Head, candidates: List<Candidate>, thresholds: Thresholds): List<Candidate> = when (head) {
    is Head.Raw, is Head.Decoded ->
        rotatedNms(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)

    is Head.End2end, is Head.Detections -> choose(head, candidates, thresholds)
}

/** The one extra of a candidate is its angle. */
private fun rotatedBox(head: Head, rule: AngleRule, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray =
    when (head) {
        is Head.Levels -> {
            val angle = angleOf(outputs[head.tensors * level + 2][cell], rule)
            rotatedBox(distancesAt(head, outputs, level, cell), angle, head.levels[level], cell)
        }

        is Head.Decoded, is Head.Detections -> storedBox(head, outputs[0], cell) + extrasAt(head, outputs, cell)
    }

private fun angleOf(output: Float, rule: AngleRule): Float =
    if (rule == AngleRule.SIGMOID) (sigmoid(output) - QUARTER) * PI else output

/** distances: from the cell's centre to the sides, along the box's own axes, in strides. */
private fun rotatedBox(distances: FloatArray, angle: Float, level: Level, cell: Int): FloatArray {
    val (left, top, right, bottom) = distances
    // From the cell's centre to the box's, along its axes
    val along = (right - left) / 2
    val across = (bottom - top) / 2
    return floatArrayOf(
        (along * cos(angle) - across * sin(angle) + level.centreX(cell)) * level.stride,
        (along * sin(angle) + across * cos(angle) + level.centreY(cell)) * level.stride,
        (left + right) * level.stride,
        (top + bottom) * level.stride,
        angle
    )
}

private const val QUARTER = 0.25f
private const val PI = Math.PI.toFloat()
