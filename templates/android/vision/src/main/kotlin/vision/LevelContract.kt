package vision

import kotlin.math.exp

// What the contracts with a tensor for each level share.

/**
 * For each level, by rising stride: boxes (1, 4 * regMax, H, W), class logits (1, classes, H, W) and perhaps extras. A side
 * has regMax bins; with regMax 1 it is the distance itself.
 */
abstract class LevelContract : BoxContract {
    override val layout = Layout.LEVELS

    override fun numbersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
        val numbers = outputs[head.tensors * level]
        val cells = head.levels[level].cells
        return FloatArray(SIDES) { side ->
            expectedDistance(FloatArray(head.regMax) { bin -> numbers[(side * head.regMax + bin) * cells + cell] })
        }
    }

    override fun cornersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
        val (left, top, right, bottom) = numbersAt(head, outputs, level, cell)
        val x = head.levels[level].centreX(cell)
        val y = head.levels[level].centreY(cell)
        val stride = head.levels[level].stride
        return floatArrayOf((x - left) * stride, (y - top) * stride, (x + right) * stride, (y + bottom) * stride)
    }

    override fun extrasAt(head: Head, outputs: Array<Numbers>, index: Int): FloatArray {
        val (level, cell) = head.find(index)
        val numbers = outputs[head.tensors * level + 2]
        return FloatArray(head.extras) { numbers[it * head.levels[level].cells + cell] }
    }
}

/**
 * Returns the distance of one side, in strides: the expectation of the softmax over its bins. With one bin it is the
 * distance itself.
 */
private fun expectedDistance(bins: FloatArray): Float {
    if (bins.size == 1) return bins[0]
    val highest = bins.max()
    var sum = 0f
    var weighted = 0f
    for (bin in bins.indices) {
        val weight = exp(bins[bin] - highest)
        sum += weight
        weighted += weight * bin
    }
    return weighted / sum
}

/** A cell, at this place of its level, and the score of its best class. [index]: over all levels. */
internal class Cell(val level: Int, val place: Int, val index: Int, val score: Float)

/** Returns the cells whose best score is above the confidence, by rising index. */
internal fun bestCells(head: Head, outputs: Array<Numbers>, confidence: Float): List<Cell> {
    val cells = ArrayList<Cell>()
    var firstIndex = 0 // of the level
    for ((i, level) in head.levels.withIndex()) {
        val logits = bestScores(outputs[head.tensors * i + 1], 0, head.classes, level.cells)
        for (cell in 0 until level.cells) {
            val score = sigmoid(logits[cell])
            if (score > confidence) cells += Cell(i, cell, firstIndex + cell, score)
        }
        firstIndex += level.cells
    }
    return cells
}

/** Returns the best class of a cell, the first of equals. Different logits can have the same score, as in predict. */
internal fun bestClass(head: Head, outputs: Array<Numbers>, cell: Cell): Int =
    argmax(FloatArray(head.classes) { sigmoid(logitAt(head, outputs, cell, it)) })

/** Returns the logit of a class. */
internal fun logitAt(head: Head, outputs: Array<Numbers>, cell: Cell, classId: Int): Float =
    outputs[head.tensors * cell.level + 1][classId * head.levels[cell.level].cells + cell.place]
