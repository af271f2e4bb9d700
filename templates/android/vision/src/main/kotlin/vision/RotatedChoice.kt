package vision

/** Which rotated candidates are shown: by [RotatedNms], or, where every object has one box, without. Not thread-safe. */
class RotatedChoice(private val head: Head) {
    private val rotatedNms = RotatedNms()
    private val withoutNms = Nms()

    /** Valid until the next call. */
    fun run(candidates: RotatedCandidates, thresholds: Thresholds): Kept = when (head) {
        is Head.Raw, is Head.Decoded ->
            rotatedNms.run(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)

        is Head.End2end -> withoutNms.best(candidates, thresholds.maxDetections)

        is Head.Detections -> withoutNms.first(candidates, thresholds.maxDetections)
    }
}
