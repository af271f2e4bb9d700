package vision.parity

import vision.ModelInfo

// Where a candidate's numbers are in the model's outputs.

internal val IS_RAW = ModelInfo.CONTRACT == "raw"

/** Of one candidate: box logits, or cx cy w h. */
internal val BOX_VALUES = if (IS_RAW) 4 * ModelInfo.REG_MAX else 4

/** Never above a confidence: as a logit, as a score. */
private val NO_SCORE = if (IS_RAW) -1e30f else 0f

internal fun boxValue(outputs: Array<FloatArray>, candidate: Int, channel: Int): Float {
    val place = find(candidate, ofClass = false)
    return outputs[place.tensor][place.indexOf(channel)]
}

internal fun classValue(outputs: Array<FloatArray>, candidate: Int, classId: Int): Float {
    val place = find(candidate, ofClass = true)
    return outputs[place.tensor][place.indexOf(classId)]
}

/**
 * Outputs made from a few candidates; all the others have scores that no confidence lets through.
 * box: (n, BOX_VALUES), classes: (n, number of classes)
 */
internal fun sparseOutputs(candidates: IntArray, box: FloatArray, classes: FloatArray): Array<FloatArray> {
    val outputs = Array(ModelInfo.OUTPUT_SHAPES.size) { tensor ->
        FloatArray(cellsOf(tensor) * channelsOf(tensor)).also { it.fill(NO_SCORE) }
    }
    val numClasses = ModelInfo.CLASS_NAMES.size
    for (i in candidates.indices) {
        val boxes = find(candidates[i], ofClass = false)
        val scores = find(candidates[i], ofClass = true)
        for (k in 0 until BOX_VALUES) outputs[boxes.tensor][boxes.indexOf(k)] = box[i * BOX_VALUES + k]
        for (c in 0 until numClasses) outputs[scores.tensor][scores.indexOf(c)] = classes[i * numClasses + c]
    }
    return outputs
}

/** One output tensor, flat, and the place of channel 0 of a candidate in it; channels are [step] apart. */
private class Place(val tensor: Int, private val offset: Int, private val step: Int, private val channels: Int) {
    fun indexOf(channel: Int): Int {
        if (channel !in 0 until channels) {
            throw VectorsException("the vectors name channel $channel, which the model does not have")
        }
        return offset + channel * step
    }
}

private fun cellsOf(tensor: Int): Int = ModelInfo.OUTPUT_SHAPES[tensor].drop(2).fold(1) { cells, size -> cells * size }

private fun channelsOf(tensor: Int): Int = ModelInfo.OUTPUT_SHAPES[tensor][1]

/** Raw: each level has a tensor of boxes and one of classes. Decoded: one tensor, 4 channels of box, then the classes. */
private fun find(candidate: Int, ofClass: Boolean): Place {
    var cell = candidate
    for (tensor in ModelInfo.OUTPUT_SHAPES.indices step if (IS_RAW) 2 else 1) {
        val cells = cellsOf(tensor)
        if (cell >= cells) {
            cell -= cells
        } else if (IS_RAW) {
            val which = if (ofClass) tensor + 1 else tensor
            return Place(which, cell, cells, channelsOf(which))
        } else {
            val first = if (ofClass) BOX_VALUES else 0
            return Place(
                tensor,
                first * cells + cell,
                cells,
                if (ofClass) channelsOf(tensor) - BOX_VALUES else BOX_VALUES
            )
        }
    }
    throw VectorsException("the vectors name candidate $candidate, which the model does not have")
}
