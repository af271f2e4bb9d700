package vision

/**
 * The outputs of a model. [extras]: how many numbers a candidate has after its box and its class scores, such as its
 * keypoints; [extrasAt] reads them.
 */
sealed class Head(val classes: Int, val extras: Int) {
    /** How many candidates the outputs describe. */
    abstract val candidates: Int

    /**
     * For each level, by rising stride: boxes (4 * regMax, height, width), which are regMax bins for each of left, top, right
     * and bottom, or distances in strides if regMax is 1; class logits (classes, height, width); and extras, if there are
     * any (extras, height, width).
     */
    sealed class Levels(classes: Int, val regMax: Int, val levels: List<Level>, extras: Int) : Head(classes, extras) {
        override val candidates = levels.sumOf { it.cells }

        /** Outputs of each level. */
        val tensors = if (extras > 0) 3 else 2

        internal fun logit(outputs: Array<Numbers>, level: Int, cell: Int, classId: Int): Float =
            outputs[tensors * level + 1][classId * levels[level].cells + cell]

        /** Returns the level of candidate [index], and its cell there. */
        internal fun find(index: Int): Pair<Int, Int> {
            var level = 0
            var cell = index
            while (cell >= levels[level].cells) cell -= levels[level++].cells
            return Pair(level, cell)
        }
    }

    /** Several boxes for an object: NMS chooses one. */
    class Raw(classes: Int, regMax: Int, levels: List<Level>, extras: Int = 0) : Levels(classes, regMax, levels, extras)

    /** One box for an object: the best ones are chosen. */
    class End2end(classes: Int, regMax: Int, levels: List<Level>, extras: Int = 0) :
        Levels(classes, regMax, levels, extras)

    /**
     * One tensor (4 + classes + extras, candidates): cx, cy, width, height in input pixels, scores from 0 to 1, then the
     * extras.
     */
    class Decoded(classes: Int, override val candidates: Int, extras: Int = 0) : Head(classes, extras)

    /**
     * One tensor (candidates, 6 + extras): x1, y1, x2, y2 in input pixels, score from 0 to 1, class, then the extras. The
     * model chose and sorted them.
     */
    class Detections(classes: Int, override val candidates: Int, extras: Int = 0) : Head(classes, extras) {
        /** Values of a row. */
        val columns = DETECTION_VALUES + extras
    }
}

/** One level: cells, and input pixels per cell. */
class Level(val height: Int, val width: Int, val stride: Int) {
    val cells get() = height * width

    /** Returns x of a cell's centre, in strides. */
    internal fun centreX(cell: Int): Float = cell % width + CELL_CENTRE

    internal fun centreY(cell: Int): Float = cell / width + CELL_CENTRE
}

/** From the cell's corner. */
private const val CELL_CENTRE = 0.5f

/** Values of a row of [Head.Detections], before its extras. */
internal const val DETECTION_VALUES = 6

/** Returns the head that this model has. */
fun ModelInfo.head(): Head {
    val classes = classNames.size
    val extras = task.extras(this)
    return when (contract) {
        Contract.RAW -> Head.Raw(classes, regMax, levels(extras), extras)
        Contract.END2END -> Head.End2end(classes, regMax, levels(extras), extras)
        Contract.DECODED -> Head.Decoded(classes, candidates = outputShapes[0][2], extras)
        Contract.DETECTIONS -> Head.Detections(classes, candidates = outputShapes[0][1], extras)
        Contract.LOGITS, Contract.PROBABILITIES, Contract.DEPTH -> error("the contract $contract has no boxes")
    }
}

private fun ModelInfo.levels(extras: Int) = strides.mapIndexed { i, stride ->
    val (_, _, height, width) = outputShapes[(if (extras > 0) 3 else 2) * i]
    Level(height, width, stride)
}
