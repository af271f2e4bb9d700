package vision

/** Boxes with a class. */
object DetectTask : Task {
    override val name = "detect"
    override val shows = "boxes"

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?) =
        DetectPostprocessor(info.head(), shownClasses)
}

/** Decode, choose, and back to the picture. keepClass: for each class whether it is shown; null: all. */
class DetectPostprocessor(private val head: Head, private val keepClass: BooleanArray? = null) : Postprocessor {
    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): VisionResult {
        val candidates = head.contract.choose(decode(head, outputs, thresholds, keepClass), thresholds)
        return VisionResult.Boxes(plan.sourceWidth, plan.sourceHeight, toImage(candidates, plan))
    }
}
