package vision

/** The result for one picture, immutable. Each [Task] has its kind. Not data classes: no one compares two results. */
sealed interface VisionResult {
    /** The upright picture, in pixels. */
    val width: Int
    val height: Int

    /** Best first; empty where the task has none. */
    val boxes: List<Detection>

    /** Returns the result with fewer boxes, and with their keypoints, masks and so on. */
    fun filter(keep: (Detection) -> Boolean): VisionResult

    /** Returns the result with these boxes, which are those at [places], in this order. */
    fun pick(places: List<Int>, boxes: List<Detection>): VisionResult = this

    /** Gives large memory to later results. Call it only if no one uses the result, or a filtered copy, any more. */
    fun recycle() = Unit

    /** Returns the detections as numbers and lists, by their names in JSON. */
    fun rows(): List<Map<String, Any>> = boxes.map { it.row() }

    /** Returns the name of a class of the [rows]. */
    fun nameOf(classId: Int, names: List<String>): String = names[classId]

    /** Returns a number for every pixel, row by row; null if the task has none. */
    fun greys(): Greys? = null

    /** Returns the result in words; "" if it is empty. */
    fun inWords(names: List<String>): String = summary(boxes, names)

    /** Returns the part of the words that is announced when it changes. */
    fun news(names: List<String>): String = inWords(names)

    /** Boxes alone. */
    class Boxes(override val width: Int, override val height: Int, override val boxes: List<Detection>) :
        VisionResult {
        override fun filter(keep: (Detection) -> Boolean) = Boxes(width, height, boxes.filter(keep))

        override fun pick(places: List<Int>, boxes: List<Detection>) = Boxes(width, height, boxes)
    }
}

/** A number of 1 or 2 [bytes] for every pixel. */
class Greys(val bytes: Int, val numbers: Numbers) {
    fun interface Numbers {
        fun at(pixel: Int): Int
    }
}

/** A box with its class. Corners are in pixels of the upright picture. */
data class Detection(
    val x1: Float,
    val y1: Float,
    val x2: Float,
    val y2: Float,
    /** 0 to 1. */
    val score: Float,
    /** Index into the class names. */
    val classId: Int,
    /** The candidate's number in the model's outputs: level by level, row by row. */
    val index: Int = 0,
    /** The track ID, from 1; 0: not tracked. */
    val track: Int = 0
) {
    internal fun row(): Map<String, Any> {
        val row = mapOf("class_id" to classId, "score" to score, "box" to listOf(x1, y1, x2, y2))
        return if (track > 0) row + ("track_id" to track) else row
    }
}

/** Returns words such as `3 bowl, 4 orange, 1 broccoli`, by falling best score; "" if there are no boxes. */
fun summary(boxes: List<Detection>, names: List<String>): String =
    boxes.groupBy { it.classId }.values.joinToString { "${it.size} ${names[it[0].classId]}" }
