package vision

/** From the cell's corner. */
private const val CELL_CENTRE = 0.5f

/**
 * The outputs of a model with boxes. [extras]: values of a candidate after its box and its class scores, such as its
 * keypoints. [regMax] and [levels]: only of a contract with levels.
 */
class Head(
    val contract: BoxContract,
    val classes: Int,
    val regMax: Int = 0,
    val levels: List<Level> = emptyList(),
    val extras: Int = 0,
    /** How many candidates the outputs describe. */
    val candidates: Int = levels.sumOf { it.cells }
) {
    /** Outputs of each level: boxes, class logits and, if there are any, extras. */
    val tensors = if (extras > 0) 3 else 2

    /** Returns the level of candidate [index], and its cell there. */
    internal fun find(index: Int): Pair<Int, Int> {
        var level = 0
        var cell = index
        while (cell >= levels[level].cells) cell -= levels[level++].cells
        return Pair(level, cell)
    }
}

/** One level: cells, and input pixels per cell. */
class Level(val height: Int, val width: Int, val stride: Int) {
    val cells get() = height * width

    /** Returns x of a cell's centre, in strides. */
    internal fun centreX(cell: Int): Float = cell % width + CELL_CENTRE

    internal fun centreY(cell: Int): Float = cell / width + CELL_CENTRE
}

/** Returns the head of this model, which has boxes. */
fun ModelInfo.head(): Head {
    val boxes = contract as? BoxContract ?: error("the contract ${contract.name} has no boxes")
    val extras = task.extras(this)
    val levels = strides.mapIndexed { i, stride ->
        val (_, _, height, width) = outputShapes[(if (extras > 0) 3 else 2) * i]
        Level(height, width, stride)
    }
    val candidates = when (boxes.layout) {
        Layout.LEVELS -> levels.sumOf { it.cells }
        Layout.COLUMNS -> outputShapes[0][2]
        Layout.ROWS -> outputShapes[0][1]
    }
    return Head(boxes, classNames.size, regMax, levels, extras, candidates)
}
