package vision

/** Oriented boxes: their overlap is [probiou]. */
class RotatedTracks : TrackedBoxes {
    private var boxes = arrayOfNulls<Normal>(0)
    private val corners = FloatArray(CORNER_NUMBERS)

    override val areRotated get() = true

    override fun read(result: VisionResult, place: Int, box: FloatArray) {
        val (x, y, width, height, angle) = (result as ObbResult).rotated[place]
        box[0] = x
        box[1] = y
        box[2] = width
        box[3] = height
        box[4] = angle
    }

    override fun reserve(count: Int) {
        if (count > boxes.size) boxes = arrayOfNulls(count)
    }

    override fun set(at: Int, box: FloatArray) {
        boxes[at] = normalOf(box)
    }

    override fun overlap(one: Int, other: Int): Float = probiou(boxes[one]!!, boxes[other]!!)

    override fun write(result: VisionResult, tracks: List<TrackedBox>): VisionResult {
        val rotated = tracks.map { track ->
            val (x, y, width, height, angle) = track.box
            RotatedBox(x, y, width, height, angle)
        }
        val boxes = tracks.mapIndexed { i, track ->
            val (_, _, _, _, score, classId, index) = result.boxes[track.place]
            boundsOf(rotated[i], corners, score, classId, index).copy(track = track.number)
        }
        return ObbResult(result.width, result.height, boxes, rotated)
    }
}
