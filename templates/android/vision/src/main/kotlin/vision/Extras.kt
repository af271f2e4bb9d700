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
            copy(outputs[head.tensors * level + 2], cell, head.levels[level].cells)
        }

        is Head.Decoded -> copy(outputs[0], (SIDES + head.classes) * head.candidates + index, head.candidates)

        is Head.Detections -> copy(outputs[0], index * (DETECTION_VALUES + head.extras) + DETECTION_VALUES, step = 1)
    }

    private fun copy(output: Numbers, first: Int, step: Int) {
        for (i in values.indices) values[i] = output[first + i * step]
    }
}
