package vision

/** Which of the candidates are shown. */
data class Thresholds(
    /** 0 to 1; a score must be above it. */
    val confidence: Float = ModelInfo.CONFIDENCE.toFloat(),
    /** 0 to 1; of two boxes that overlap more, the better one stays. */
    val iou: Double = ModelInfo.IOU,
    val maxDetections: Int = ModelInfo.MAX_DETECTIONS,
    /** Whether boxes of different classes suppress each other. */
    val agnostic: Boolean = false
)

/**
 * From the model's outputs to what is shown: decode, NMS, and back to the picture.
 *
 * Allocates nothing once it has seen as many detections. Not thread-safe: one for each thread.
 */
class Postprocessor(head: Head, private val keepClass: BooleanArray? = null) {
    constructor(info: ModelInfo) : this(info.head(), info.keptClasses())

    private val decoder = Decoder(head)
    private val nms = Nms()
    private val detections = Detections()

    /** How many candidates went into NMS in the last run. */
    var candidates = 0
        private set

    /** Best first, in pixels of the upright picture; valid until the next run. */
    fun run(outputs: Array<FloatArray>, plan: LetterboxPlan, thresholds: Thresholds): Detections {
        val found = decoder.decode(outputs, thresholds.confidence, keepClass)
        candidates = found.size
        val kept = nms.run(found, thresholds.iou, thresholds.maxDetections, thresholds.agnostic)
        toImage(found, kept, plan, detections)
        return detections
    }
}
