package vision

/** Returns the level of candidate [index], and its cell there. */
internal fun Head.find(index: Int): Pair<Int, Int> {
    var level = 0
    var cell = index
    while (cell >= levels[level].cells) cell -= levels[level++].cells
    return Pair(level, cell)
}

/** Returns the numbers of candidate [index] after its box and its classes, such as keypoints. */
internal fun extrasAt(head: Head, outputs: Array<Numbers>, index: Int): FloatArray = FloatArray(head.extras) {
    when (head.contract) {
        Contract.DECODED -> outputs[0][(SIDES + head.classes + it) * head.candidates + index]

        Contract.DETECTIONS -> outputs[0][index * head.columns + DETECTION_VALUES + it]

        else -> {
            val (level, cell) = head.find(index)
            outputs[head.tensors * level + 2][it * head.levels[level].cells + cell]
        }
    }
}
