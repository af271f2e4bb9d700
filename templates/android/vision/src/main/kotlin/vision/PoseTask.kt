package vision

/** Boxes, each with the same keypoints: a person with the places of the joints. */
object PoseTask : Task {
    override val name = "pose"
    override val shows = "poses"

    override fun preprocessor(info: ModelInfo) = letterboxOf(info)

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

    override fun pointsOf(place: Int): FloatArray {
        val points = keypoints[place]
        return FloatArray(2 * points.size) { if (it % 2 == 0) points.x(it / 2) else points.y(it / 2) }
    }

    override fun withPoints(points: List<FloatArray>) =
        PoseResult(width, height, boxes, keypoints.mapIndexed { i, it -> it.at(points[i]) })

    override fun rows() = boxes.indices.map { i ->
        val points = keypoints[i]
        boxes[i].row() + ("keypoints" to List(points.size) { listOf(points.x(it), points.y(it), points.score(it)) })
    }
}

/** The keypoints of one box, in pixels of the upright picture. values: x, y, score of each, one after the other. */
class Keypoints(private val values: FloatArray) {
    val size get() = values.size / KEYPOINT_NUMBERS

    fun x(keypoint: Int): Float = values[keypoint * KEYPOINT_NUMBERS]

    fun y(keypoint: Int): Float = values[keypoint * KEYPOINT_NUMBERS + 1]

    /** The same ones elsewhere: x and y of each, one after the other. */
    fun at(places: FloatArray) = Keypoints(
        FloatArray(values.size) {
            val keypoint = it / KEYPOINT_NUMBERS
            val part = it % KEYPOINT_NUMBERS
            if (part < 2) places[2 * keypoint + part] else values[it]
        }
    )

    /** How sure the model is that it is to be seen, 0 to 1; 1 where the model does not say. */
    fun score(keypoint: Int): Float = values[keypoint * KEYPOINT_NUMBERS + 2]
}

/** Decode, choose, and back to the picture; keypoints only of what was chosen. */
class PosePostprocessor(head: Head, rule: KeypointRule, keepClass: BooleanArray? = null) : Postprocessor {
    private val chosen = ChosenBoxes(head, keepClass)
    private val decoder = KeypointDecoder(head, rule)

    override fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): PoseResult {
        val boxes = chosen.run(outputs, plan, thresholds)
        val keypoints = boxes.map { toImage(decoder.decode(outputs, it.index), plan) }
        return PoseResult(plan.sourceWidth, plan.sourceHeight, boxes, keypoints)
    }
}
