package vision

import kotlin.math.cos
import kotlin.math.sin

/**
 * The same as [decode], for rotated boxes: cx, cy, width, height in input pixels, and the angle in radians by which the
 * width is turned from the x axis towards the y axis. The angle may be any; a width may be below a height.
 */
fun decodeRotated(
    head: Head,
    rule: AngleRule,
    outputs: Array<Numbers>,
    thresholds: Thresholds,
    keepClass: BooleanArray? = null
): List<Candidate> =
    decode(head, outputs, thresholds, keepClass) { level, cell -> rotatedBox(head, rule, outputs, level, cell) }

/** The same as [BoxContract.choose], by [rotatedNms]. */
fun chooseRotated(head: Head, candidates: List<Candidate>, thresholds: Thresholds): List<Candidate> {
    if (!head.contract.needsNms) return head.contract.choose(candidates, thresholds)
    return rotatedNms(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)
}

/** Returns cx, cy, width, height and angle. The angle is the one extra of a candidate. */
private fun rotatedBox(head: Head, rule: AngleRule, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
    val numbers = head.contract.numbersAt(head, outputs, level, cell)
    if (head.contract.layout != Layout.LEVELS) return numbers + head.contract.extrasAt(head, outputs, cell)
    return rotatedBox(numbers, angleOf(outputs[head.tensors * level + 2][cell], rule), head.levels[level], cell)
}

private fun angleOf(output: Float, rule: AngleRule): Float =
    if (rule == AngleRule.SIGMOID) (sigmoid(output) - QUARTER) * PI else output

/** distances: from the cell's centre to the sides, in strides, along the axes of the box. */
private fun rotatedBox(distances: FloatArray, angle: Float, level: Level, cell: Int): FloatArray {
    val (left, top, right, bottom) = distances
    val forward = (right - left) / 2 // from the cell's centre to the box's, along the axes of the box
    val down = (bottom - top) / 2
    return floatArrayOf(
        (forward * cos(angle) - down * sin(angle) + level.centreX(cell)) * level.stride,
        (forward * sin(angle) + down * cos(angle) + level.centreY(cell)) * level.stride,
        (left + right) * level.stride,
        (top + bottom) * level.stride,
        angle
    )
}

/** Of pi: angles are from -pi / 4 to 3 pi / 4. */
private const val QUARTER = 0.25f
private const val PI = Math.PI.toFloat()
