package vision

/**
 * Classes are kept apart by moving their boxes so many pixels each (Ultralytics' max_wh). The rounding that this costs a
 * float32 is part of the rule: an exact IoU would decide otherwise near the threshold.
 */
internal const val CLASS_OFFSET = 7680f

/** Ultralytics' max_nms. */
internal const val MAX_CANDIDATES = 30_000

/** The candidates that are shown, best first: by NMS, or without it where every object has one box. */
fun choose(head: Head, candidates: List<Candidate>, thresholds: Thresholds): List<Candidate> = when (head) {
    is Head.Raw, is Head.Decoded -> nms(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)
    is Head.End2end -> first(candidates, thresholds.maxDetections)
    is Head.Detections -> candidates.take(maxOf(thresholds.maxDetections, 0))
}

/**
 * Greedy non-maximum suppression, as torchvision.ops.nms does it on the boxes that Ultralytics gives it.
 *
 * By falling score, equal scores by rising position, a box is dropped when its IoU with a kept box of its class is above
 * [iou], 0 to 1. agnostic: with a kept box of any class.
 */
fun nms(
    candidates: List<Candidate>,
    iou: Double,
    maxDetections: Int,
    agnostic: Boolean = false,
    maxCandidates: Int = MAX_CANDIDATES
): List<Candidate> {
    val kept = ArrayList<Candidate>()
    val keptBoxes = ArrayList<FloatArray>() // moved apart by their class
    for (candidate in first(candidates, maxCandidates)) {
        if (kept.size >= maxDetections) break
        val offset = if (agnostic) 0f else candidate.classId * CLASS_OFFSET
        val box = FloatArray(SIDES) { candidate.box[it] + offset }
        if (keptBoxes.any { iouOf(it, box) > iou }) continue // not-a-number is not above: it suppresses nothing
        kept += candidate
        keptBoxes += box
    }
    return kept
}

/** Intersection over union. Not-a-number if both boxes have no area, or if a corner is not a number. */
private fun iouOf(a: FloatArray, b: FloatArray): Float {
    val width = maxOf(0f, minOf(a[2], b[2]) - maxOf(a[0], b[0]))
    val height = maxOf(0f, minOf(a[3], b[3]) - maxOf(a[1], b[1]))
    val intersection = width * height
    return intersection / (area(a) + area(b) - intersection)
}

private fun area(box: FloatArray): Float = (box[2] - box[0]) * (box[3] - box[1])

/** Moves boxes from the model's input back to the upright picture, and clips them there. */
fun toImage(candidates: List<Candidate>, plan: LetterboxPlan): List<Detection> = candidates.map {
    val (x1, y1, x2, y2) = it.box
    Detection(
        toImage(x1, plan.left, plan.gainX, plan.sourceWidth),
        toImage(y1, plan.top, plan.gainY, plan.sourceHeight),
        toImage(x2, plan.left, plan.gainX, plan.sourceWidth),
        toImage(y2, plan.top, plan.gainY, plan.sourceHeight),
        it.score,
        it.classId,
        it.index
    )
}

/** One coordinate. Not-a-number stays so. */
internal fun toImage(position: Float, border: Int, gain: Double, size: Int): Float =
    ((position - border) / gain.toFloat()).coerceIn(0f, size.toFloat())
