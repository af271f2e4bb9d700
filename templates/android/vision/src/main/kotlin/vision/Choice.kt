package vision

/** Which candidates are shown: by NMS, or, where every object has one box, without. Not thread-safe. */
class Choice(private val head: Head) {
    private val nms = Nms()

    /** Valid until the next call. */
    fun run(candidates: Candidates, thresholds: Thresholds): Kept = when (head) {
        is Head.Raw, is Head.Decoded ->
            nms.run(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)

        is Head.End2end -> nms.best(candidates, thresholds.maxDetections)

        is Head.Detections -> nms.first(candidates, thresholds.maxDetections)
    }
}

/** The boxes that are shown, for every task that has upright ones: decode, choose, and back to the picture. */
internal class ChosenBoxes(head: Head, private val keepClass: BooleanArray?) {
    private val decoder = Decoder(head)
    private val choice = Choice(head)

    /** All boxes above the confidence; of the last call of [run]. */
    var candidates = Candidates()
        private set

    /** The places in [candidates] of those that are shown, best first; of the last call of [run]. */
    var kept = Kept()
        private set

    /** The shown boxes in the picture, best first. */
    fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): List<Detection> {
        val (confidence, _, maxDetections, agnostic) = thresholds
        candidates = decoder.decode(outputs, confidence, keepClass, maxDetections, agnostic)
        kept = choice.run(candidates, thresholds)
        return toImage(candidates, kept, plan)
    }
}
