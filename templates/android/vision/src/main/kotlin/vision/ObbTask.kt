package vision

/** Boxes that are turned with their object. */
object ObbTask : Task {
    override val name = "obb"
    override val shows = "rotated boxes"

    override fun extras(info: ModelInfo) = 1 // the angle

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?) =
        ObbPostprocessor(info.head(), info.angleRule, shownClasses)
}

/** [rotated]: one for each of the [boxes], which are the upright ones around them. */
class ObbResult(
    override val width: Int,
    override val height: Int,
    override val boxes: List<Detection>,
    val rotated: List<RotatedBox>
) : VisionResult {
    override fun filter(keep: (Detection) -> Boolean): ObbResult {
        val places = boxes.indices.filter { keep(boxes[it]) }
        return ObbResult(width, height, boxes.slice(places), rotated.slice(places))
    }

    override fun rows() = boxes.indices.map { i ->
        val (x, y, width, height, angle) = rotated[i]
        val corners = rotated[i].cornersInto(FloatArray(CORNER_NUMBERS)).toList().chunked(2)
        boxes[i].row() + mapOf("xywhr" to listOf(x, y, width, height, angle), "corners" to corners)
    }
}

/**
 * In pixels of the upright picture, which it may exceed: centre, width, height, and the angle in radians by which the
 * width is turned from the x axis towards the y axis, clockwise as the picture is seen. The angle may be any, as the model
 * gave it; a width may be below a height.
 */
data class RotatedBox(val x: Float, val y: Float, val width: Float, val height: Float, val angle: Float) {
    /** Writes x, y of the four corners, in their order around the box, and returns [corners]. */
    fun cornersInto(corners: FloatArray): FloatArray {
        val cos = Math.cos(angle.toDouble()).toFloat()
        val sin = Math.sin(angle.toDouble()).toFloat()
        // From the centre to the middles of two sides
        val alongX = width / 2 * cos
        val alongY = width / 2 * sin
        val acrossX = -height / 2 * sin
        val acrossY = height / 2 * cos
        corners[0] = x + alongX + acrossX
        corners[1] = y + alongY + acrossY
        corners[2] = x + alongX - acrossX
        corners[3] = y + alongY - acrossY
        corners[4] = x - alongX - acrossX
        corners[5] = y - alongY - acrossY
        corners[6] = x - alongX + acrossX
        corners[7] = y - alongY + acrossY
        return corners
    }
}

/** Decode, choose by rotated NMS, and back to the picture. */
class ObbPostprocessor(
    private val head: Head,
    private val rule: AngleRule,
    private val keepClass: BooleanArray? = null
) : Postprocessor {
    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): ObbResult {
        val candidates = chooseRotated(head, decodeRotated(head, rule, outputs, thresholds, keepClass), thresholds)
        val corners = FloatArray(CORNER_NUMBERS)
        val rotated = candidates.map { toImage(it.box, plan) }
        val boxes = candidates.mapIndexed { i, it -> boundsOf(rotated[i], corners, it.score, it.classId, it.index) }
        return ObbResult(plan.sourceWidth, plan.sourceHeight, boxes, rotated)
    }

    /** Not clipped, because a clipped box is no rectangle. */
    private fun toImage(box: FloatArray, plan: LetterboxPlan) = RotatedBox(
        (box[0] - plan.left) / plan.gainX.toFloat(),
        (box[1] - plan.top) / plan.gainY.toFloat(),
        box[2] / plan.gainX.toFloat(),
        box[3] / plan.gainY.toFloat(),
        box[4]
    )
}

/** Returns the upright box around a rotated one. Overwrites [corners]. */
internal fun boundsOf(box: RotatedBox, corners: FloatArray, score: Float, classId: Int, index: Int): Detection {
    val (x1, y1, x2, y2) = box.cornersInto(corners)
    return Detection(
        minOf(minOf(x1, x2), minOf(corners[4], corners[6])),
        minOf(minOf(y1, y2), minOf(corners[5], corners[7])),
        maxOf(maxOf(x1, x2), maxOf(corners[4], corners[6])),
        maxOf(maxOf(y1, y2), maxOf(corners[5], corners[7])),
        score,
        classId,
        index
    )
}

internal const val CORNER_NUMBERS = 8
