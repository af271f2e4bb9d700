package vision

/** A shown track: the index of its detection, its ID, and its predicted box in the numbers of [TrackedBoxes]. */
class TrackedBox(val place: Int, val number: Int, val box: FloatArray)

/** Reads the boxes of a result for a tracker, compares them, and writes the tracked ones. Not thread-safe. */
interface TrackedBoxes {
    /** Whether boxes are centre x, centre y, width, height, angle (radians); otherwise left, top, right, bottom. */
    val areRotated: Boolean

    /** Writes centre x, centre y, width and height of a box, and the angle of an oriented one. */
    fun read(result: VisionResult, place: Int, box: FloatArray)

    /** Makes room for this many boxes. */
    fun reserve(count: Int)

    operator fun set(at: Int, box: FloatArray)

    /** Returns the overlap of two boxes that were set, 0 to 1. */
    fun overlap(one: Int, other: Int): Float

    /** Returns the result with these boxes instead of its own, in this order. */
    fun write(result: VisionResult, tracks: List<TrackedBox>): VisionResult
}

/** Upright boxes: their overlap is the intersection over union. */
class UprightTracks : TrackedBoxes {
    private var left = FloatArray(0)
    private var top = FloatArray(0)
    private var right = FloatArray(0)
    private var bottom = FloatArray(0)

    override val areRotated get() = false

    override fun read(result: VisionResult, place: Int, box: FloatArray) {
        val seen = result.boxes[place]
        box[0] = (seen.x1 + seen.x2) / 2
        box[1] = (seen.y1 + seen.y2) / 2
        box[2] = seen.x2 - seen.x1
        box[3] = seen.y2 - seen.y1
    }

    override fun reserve(count: Int) {
        if (count <= left.size) return
        left = FloatArray(count)
        top = FloatArray(count)
        right = FloatArray(count)
        bottom = FloatArray(count)
    }

    override fun set(at: Int, box: FloatArray) {
        left[at] = box[0]
        top[at] = box[1]
        right[at] = box[2]
        bottom[at] = box[3]
    }

    override fun overlap(one: Int, other: Int): Float {
        val width = maxOf(minOf(right[one], right[other]) - maxOf(left[one], left[other]), 0f)
        val height = maxOf(minOf(bottom[one], bottom[other]) - maxOf(top[one], top[other]), 0f)
        val inside = width * height
        return inside / (area(other) + area(one) - inside + EPSILON)
    }

    private fun area(at: Int) = (right[at] - left[at]) * (bottom[at] - top[at])

    override fun write(result: VisionResult, tracks: List<TrackedBox>): VisionResult {
        val boxes = tracks.map { track ->
            val (x1, y1, x2, y2) = track.box
            result.boxes[track.place].copy(
                x1 = x1.coerceIn(0f, result.width.toFloat()),
                y1 = y1.coerceIn(0f, result.height.toFloat()),
                x2 = x2.coerceIn(0f, result.width.toFloat()),
                y2 = y2.coerceIn(0f, result.height.toFloat()),
                track = track.number
            )
        }
        return result.pick(tracks.map { it.place }, boxes)
    }

    private companion object {
        const val EPSILON = 1e-7f // prevents divisions by 0
    }
}
