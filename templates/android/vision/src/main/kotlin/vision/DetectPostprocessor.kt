package vision

/** Decode, choose, and back to the picture. [keepClass]: for each class whether it is shown; null: all. */
class DetectPostprocessor(private val head: Head, private val keepClass: BooleanArray? = null) : Postprocessor {
    private val decoder = Decoder(head)
    private val choice = Choice(head)

    override fun run(outputs: Array<FloatArray>, plan: LetterboxPlan, thresholds: Thresholds): VisionResult.Boxes {
        val (confidence, _, maxDetections, agnostic) = thresholds
        val candidates = decoder.decode(outputs, confidence, keepClass, maxDetections, agnostic)
        val kept = choice.run(candidates, thresholds)
        return VisionResult.Boxes(plan.sourceWidth, plan.sourceHeight, toImage(candidates, kept, plan))
    }
}

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
