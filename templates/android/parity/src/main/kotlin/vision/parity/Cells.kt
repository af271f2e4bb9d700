package vision.parity

import kotlin.math.exp
import vision.Contract
import vision.ModelInfo

/** Where a candidate's numbers are in the outputs of a model. */
internal class Cells(private val info: ModelInfo) {
    val isRaw = info.contract == Contract.RAW

    /** Of one candidate: box logits, or cx cy w h. */
    val boxValues = if (isRaw) 4 * info.regMax else 4

    /** Never above a confidence: as a logit, as a score. */
    private val noScore = if (isRaw) -1e30f else 0f

    fun boxValue(outputs: Array<FloatArray>, candidate: Int, channel: Int): Float {
        val place = find(candidate, ofClass = false)
        return outputs[place.tensor][place.indexOf(channel)]
    }

    fun classValue(outputs: Array<FloatArray>, candidate: Int, classId: Int): Float {
        val place = find(candidate, ofClass = true)
        return outputs[place.tensor][place.indexOf(classId)]
    }

    /** A row's box, in what it is compared in: four distances in strides, or cx cy w h in pixels. */
    fun boxNumbers(row: FloatArray): List<Double> =
        if (isRaw) row.toList().chunked(info.regMax).map(::expectedDistance) else row.map { it.toDouble() }

    /**
     * Outputs made from a few candidates; all the others have scores that no confidence lets through.
     * box: (n, boxValues), classes: (n, number of classes)
     */
    fun sparseOutputs(candidates: IntArray, box: FloatArray, classes: FloatArray): Array<FloatArray> {
        val outputs = Array(info.outputShapes.size) { tensor ->
            FloatArray(cellsOf(tensor) * channelsOf(tensor)).also { it.fill(noScore) }
        }
        val numClasses = info.classNames.size
        for (i in candidates.indices) {
            val boxes = find(candidates[i], ofClass = false)
            val scores = find(candidates[i], ofClass = true)
            for (k in 0 until boxValues) outputs[boxes.tensor][boxes.indexOf(k)] = box[i * boxValues + k]
            for (c in 0 until numClasses) outputs[scores.tensor][scores.indexOf(c)] = classes[i * numClasses + c]
        }
        return outputs
    }

    private fun cellsOf(tensor: Int): Int = info.outputShapes[tensor].drop(2).fold(1) { cells, size -> cells * size }

    private fun channelsOf(tensor: Int): Int = info.outputShapes[tensor][1]

    /** Raw: each level has a tensor of boxes and one of classes. Decoded: one tensor, 4 channels of box, then classes. */
    private fun find(candidate: Int, ofClass: Boolean): Place {
        var cell = candidate
        for (tensor in info.outputShapes.indices step if (isRaw) 2 else 1) {
            val cells = cellsOf(tensor)
            if (cell >= cells) {
                cell -= cells
            } else if (isRaw) {
                val which = if (ofClass) tensor + 1 else tensor
                return Place(which, cell, cells, channelsOf(which))
            } else {
                val first = if (ofClass) boxValues else 0
                val channels = if (ofClass) channelsOf(tensor) - boxValues else boxValues
                return Place(tensor, first * cells + cell, cells, channels)
            }
        }
        throw VectorsException("the vectors name candidate $candidate, which the model does not have")
    }
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

/** The distance that a side's bins stand for: the expectation of their softmax, in strides. */
private fun expectedDistance(bins: List<Float>): Double {
    val highest = bins.fold(Float.NEGATIVE_INFINITY, ::maxOf)
    val weights = bins.map { exp(it.toDouble() - highest) }
    return weights.withIndex().sumOf { (bin, weight) -> bin * weight } / weights.sum()
}
