package vision

/**
 * What a model saw in one picture: one kind for each [Task]. Nothing in it changes any more. Those with boxes are no data
 * classes: nobody asks whether two are equal, and what would be generated is half a kilobyte of an app's code for each.
 */
sealed interface VisionResult {
    /** The upright picture, in pixels. */
    val width: Int
    val height: Int

    /** Best first; empty where the task has none. */
    val boxes: List<Detection>

    /** The same with fewer boxes: what belongs to a box stays or goes with it. */
    fun filter(keep: (Detection) -> Boolean): VisionResult

    /** The same with these boxes, made of those at the [places], in this order: what belongs to a box stays with it. */
    fun pick(places: List<Int>, boxes: List<Detection>): VisionResult = this

    /** x and y of the keypoints of a box, one after the other; empty where the task has none. */
    fun pointsOf(place: Int): FloatArray = NO_POINTS

    /** The same with the keypoints of every box at these places. */
    fun withPoints(points: List<FloatArray>): VisionResult = this

    /**
     * To be called by who is sure that nobody will look at it any more, nor at what [filter] made of it: what it needs a
     * lot of memory for is then used again for later results. Who never calls it leaves that to the garbage collector.
     */
    fun recycle() = Unit

    /** What was found, one by one, in numbers and lists of them, by the names that they have in JSON. */
    fun rows(): List<Map<String, Any>> = boxes.map { it.row() }

    /** What a class of the [rows] is called. names: of the classes. */
    fun nameOf(classId: Int, names: List<String>): String = names[classId]

    /** A number for every pixel, row by row; null where the task has none. */
    fun greys(): Greys? = null

    /** What is seen, in words; "" for nothing. names: of the classes. */
    fun inWords(names: List<String>): String = summary(boxes, names)

    /** Two results that differ in this alone are worth telling one after the other: words may change with every frame. */
    fun news(names: List<String>): String = inWords(names)

    /** Boxes alone. */
    class Boxes(override val width: Int, override val height: Int, override val boxes: List<Detection>) :
        VisionResult {
        override fun filter(keep: (Detection) -> Boolean) = Boxes(width, height, boxes.filter(keep))

        override fun pick(places: List<Int>, boxes: List<Detection>) = Boxes(width, height, boxes)
    }
}

private val NO_POINTS = FloatArray(0)

/** What a picture of greys needs to know of a result that has a number for every pixel: of 1 or 2 [bytes] each. */
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
    /** Counts the class names. */
    val classId: Int,
    /** The candidate's number in the model's outputs: level by level, row by row. */
    val index: Int = 0,
    /** Which thing it is in all pictures of a video or a camera, from 1; 0: it is not followed. */
    val track: Int = 0
) {
    internal fun row(): Map<String, Any> {
        val row = mapOf("class_id" to classId, "score" to score, "box" to listOf(x1, y1, x2, y2))
        return if (track > 0) row + ("track_id" to track) else row
    }

    // What would be generated names every member once more in the app's code
    override fun hashCode() = index

    override fun toString() = "${row()}"
}

/** What is seen, in words: `3 bowl, 4 orange, 1 broccoli`, classes in the order of their best score; "" for nothing. */
fun summary(boxes: List<Detection>, names: List<String>): String =
    boxes.groupBy { it.classId }.values.joinToString { "${it.size} ${names[it[0].classId]}" }
