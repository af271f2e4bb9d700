package vision

/** Boxes, each with the same keypoints: a person with the places of the joints. */
object PoseTask : Task {
    override val name = "pose"
    override val shows = "poses"

    override fun extras(info: ModelInfo) = info.keypoints * info.keypointValues

    override fun postprocessor(info: ModelInfo, shownClasses: BooleanArray?) =
        PosePostprocessor(info.head(), KeypointRule.of(info), shownClasses)
}

/** [keypoints]: of each of the [boxes]. */
class PoseResult(
    override val width: Int,
    override val height: Int,
    override val boxes: List<Detection>,
    val keypoints: List<Keypoints>
) : VisionResult {
    override fun filter(keep: (Detection) -> Boolean): PoseResult {
        val places = boxes.indices.filter { keep(boxes[it]) }
        return pick(places, boxes.slice(places))
    }

    override fun pick(places: List<Int>, boxes: List<Detection>) =
        PoseResult(width, height, boxes, keypoints.slice(places))

    override fun rows() = boxes.indices.map { i ->
        val points = keypoints[i]
        boxes[i].row() + ("keypoints" to List(points.size) { listOf(points.x(it), points.y(it), points.score(it)) })
    }
}

/** Decode, choose, and back to the picture; keypoints of the chosen boxes only. */
class PosePostprocessor(
    private val head: Head,
    private val rule: KeypointRule,
    private val keepClass: BooleanArray? = null
) : Postprocessor {
    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): PoseResult {
        val candidates = head.contract.choose(decode(head, outputs, thresholds, keepClass), thresholds)
        val keypoints = candidates.map { toImage(keypointsAt(head, rule, outputs, it.index), plan) }
        return PoseResult(plan.sourceWidth, plan.sourceHeight, toImage(candidates, plan), keypoints)
    }
}
