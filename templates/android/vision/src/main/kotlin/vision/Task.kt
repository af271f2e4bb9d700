package vision

/**
 * What a model was trained to find: one object for each task, in a file of its own, with the kind of [VisionResult] that
 * it gives.
 */
interface Task {
    /** As the model's metadata say it: `detect`. */
    val name: String

    /** What is shown of it, in words for reports. */
    val shows: String

    fun preprocessor(info: ModelInfo): Preprocessor

    /** How many numbers a candidate has beside its box and its class scores. */
    fun extras(info: ModelInfo): Int = 0

    /** shownClasses: as [ModelInfo.shownClasses]. */
    fun postprocessor(info: ModelInfo, shownClasses: BooleanArray? = info.shownClasses()): Postprocessor
}

/** What is shown of all that the model proposes. */
data class Thresholds(
    /** 0 to 1; a score must be above it. */
    val confidence: Float,
    /** 0 to 1; of two boxes that overlap more, the better one stays. */
    val iou: Double,
    val maxDetections: Int,
    /** Whether boxes of different classes suppress each other. */
    val agnostic: Boolean = false
) {
    // In short: what would be generated asks and names every member in the app's code
    override fun hashCode() = maxDetections

    override fun toString() = "$confidence"
}

/**
 * From the model's outputs to what was seen. Leaves the outputs as they are: called again with other thresholds, it
 * needs no inference. Not thread-safe: one for each thread.
 */
fun interface Postprocessor {
    /** outputs: in the model's order. plan: where the picture lay in the model's input. */
    fun run(outputs: Array<Numbers>, plan: LetterboxPlan, thresholds: Thresholds): VisionResult
}
