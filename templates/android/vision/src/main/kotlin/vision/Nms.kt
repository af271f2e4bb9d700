package vision

/** As [BoxContract.choose], of contracts that need NMS. */
internal fun chooseByNms(candidates: List<Candidate>, thresholds: Thresholds): List<Candidate> =
    nms(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)

/**
 * Greedy non-maximum suppression. Returns the kept candidates, best first; equal scores by position. The result equals
 * torchvision.ops.nms on the boxes that Ultralytics gives it, to the last bit of the float32 IoU.
 *
 * iou: 0 to 1; a box is suppressed if its IoU with a better one is above it.
 * agnostic: boxes of different classes suppress each other too.
 * maxCandidates: only this many, the best ones, are considered.
 */
fun nms(
    candidates: List<Candidate>,
    iou: Double,
    maxDetections: Int,
    agnostic: Boolean = false,
    maxCandidates: Int = MAX_CANDIDATES
): List<Candidate> {
    val kept = ArrayList<Candidate>()
    val keptBoxes = ArrayList<FloatArray>() // moved by their class
    for (candidate in mostConfident(candidates, maxCandidates)) {
        if (kept.size >= maxDetections) break
        val offset = if (agnostic) 0f else candidate.classId * CLASS_OFFSET
        val box = FloatArray(SIDES) { candidate.box[it] + offset }
        if (keptBoxes.any { iouOf(it, box) > iou }) continue
        kept += candidate
        keptBoxes += box
    }
    return kept
}

/** Returns the IoU of two boxes. 0 / 0 is NaN, which is above no threshold. */
private fun iouOf(a: FloatArray, b: FloatArray): Float {
    val width = maxOf(0f, minOf(a[2], b[2]) - maxOf(a[0], b[0]))
    val height = maxOf(0f, minOf(a[3], b[3]) - maxOf(a[1], b[1]))
    val intersection = width * height
    return intersection / (area(a) + area(b) - intersection)
}

private fun area(box: FloatArray): Float = (box[2] - box[0]) * (box[3] - box[1])
