package vision

/** Reads what a candidate has beside its box and its class, such as keypoints: found by its index after the choice. */
internal class Extras(private val head: Head) {
    /** The numbers of the candidate last looked up. */
    val values = FloatArray(head.extras)

    /** The level that it is of, and its cell there; only of [Head.Levels]. */
    var level = 0
        private set
    var cell = 0
        private set

    /** Looks up candidate [index]; outputs: as [Decoder.decode] has them. */
    fun find(outputs: Array<Numbers>, index: Int) = when (head) {
        is Head.Levels -> {
            level = 0
            cell = index
            while (cell >= head.levels[level].cells) cell -= head.levels[level++].cells
            outputs[head.tensors * level + 2].gather(cell, head.levels[level].cells, values)
        }

        is Head.Decoded -> outputs[0].gather((SIDES + head.classes) * head.candidates + index, head.candidates, values)

        is Head.Detections -> outputs[0].gather(
            index * (DETECTION_VALUES + head.extras) + DETECTION_VALUES,
            step = 1,
            values
        )
    }
}
