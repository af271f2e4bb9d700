package vision

/** Boxes with a class. */
object DetectTask : Task {
    override val name = "detect"
    override val shows = "boxes"

    override fun preprocessor(info: ModelInfo) = letterboxOf(info)

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?) =
        DetectPostprocessor(info.head(), shownClasses)
}

/** Decode, choose, and back to the picture. keepClass: for each class whether it is shown; null: all. */
class DetectPostprocessor(head: Head, keepClass: BooleanArray? = null) : Postprocessor {
    private val chosen = ChosenBoxes(head, keepClass)

    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds) =
        VisionResult.Boxes(plan.sourceWidth, plan.sourceHeight, chosen.run(outputs, plan, thresholds))
}
