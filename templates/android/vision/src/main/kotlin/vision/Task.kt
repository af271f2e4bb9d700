package vision

/** A task, such as detection. Each is an object in its own file, with its kind of [VisionResult]. */
interface Task {
    /** The name in the metadata: `detect`. */
    val name: String

    /** The kind of result, in words for reports. */
    val shows: String

    /** Returns the number of values that a candidate has beside its box and its class scores. */
    fun extras(info: ModelInfo): Int = 0

    /** shownClasses: as [ModelInfo.shownClasses]. */
    fun postprocessor(info: ModelInfo, shownClasses: BooleanArray? = info.shownClasses()): Postprocessor
}

data class Thresholds(
    /** 0 to 1; a score must be above it. */
    val confidence: Float,
    /** 0 to 1; of two boxes that overlap more, only the more confident one is kept. */
    val iou: Double,
    val maxDetections: Int,
    /** Boxes of different classes suppress each other, too. */
    val agnostic: Boolean = false
)

/** From the model's outputs, which it does not change, to a result. Not thread-safe: one for each thread. */
fun interface Postprocessor {
    /** outputs: in the model's order. plan: where the picture was in the model's input. */
    fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): VisionResult
}
