package vision

/** Numbers of a box: left, top, right, bottom, or x, y, width, height. */
internal const val SIDES = 4

/** Values of a row of [Contract.DETECTIONS], before its extras. */
internal const val DETECTION_VALUES = 6

/** From the cell's corner. */
private const val CELL_CENTRE = 0.5f

/**
 * The outputs of a model with boxes. [extras]: values of a candidate after its box and its class scores, such as its
 * keypoints. [regMax] and [levels]: only of a contract with levels.
 */
class Head(
    val contract: Contract,
    val classes: Int,
    val regMax: Int = 0,
    val levels: List<Level> = emptyList(),
    val extras: Int = 0,
    /** How many candidates the outputs describe. */
    val candidates: Int = levels.sumOf { it.cells }
) {
    /** Outputs of each level: boxes, class logits and, if there are any, extras. */
    val tensors = if (extras > 0) 3 else 2

    /** Values of a row of [Contract.DETECTIONS]. */
    val columns = DETECTION_VALUES + extras

    internal fun logit(outputs: Array<Numbers>, level: Int, cell: Int, classId: Int): Float =
        outputs[tensors * level + 1][classId * levels[level].cells + cell]
}

/** One level: cells, and input pixels per cell. */
class Level(val height: Int, val width: Int, val stride: Int) {
    val cells get() = height * width

    /** Returns x of a cell's centre, in strides. */
    internal fun centreX(cell: Int): Float = cell % width + CELL_CENTRE

    internal fun centreY(cell: Int): Float = cell / width + CELL_CENTRE
}

/** Returns the head of this model. */
fun ModelInfo.head(): Head {
    val extras = task.extras(this)
    val levels = strides.mapIndexed { i, stride ->
        val (_, _, height, width) = outputShapes[(if (extras > 0) 3 else 2) * i]
        Level(height, width, stride)
    }
    val candidates = when (contract) {
        Contract.RAW, Contract.END2END -> levels.sumOf { it.cells }
        Contract.DECODED, Contract.MULTILABEL -> outputShapes[0][2]
        Contract.DETECTIONS -> outputShapes[0][1]
        Contract.LOGITS, Contract.PROBABILITIES, Contract.DEPTH -> error("the contract $contract has no boxes")
    }
    return Head(contract, classNames.size, regMax, levels, extras, candidates)
}
