package vision

/** Decode, NMS, and back to the picture. [keepClass]: for each class whether it is shown; null: all. */
class DetectPostprocessor(head: Head, private val keepClass: BooleanArray? = null) : Postprocessor {
    private val decoder = Decoder(head)
    private val nms = Nms()

    override fun run(outputs: Array<FloatArray>, plan: LetterboxPlan, thresholds: Thresholds): VisionResult.Boxes {
        val candidates = decoder.decode(outputs, thresholds.confidence, keepClass)
        val kept = nms.run(candidates, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)
        return VisionResult.Boxes(plan.sourceWidth, plan.sourceHeight, toImage(candidates, kept, plan))
    }
}
