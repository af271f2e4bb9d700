package vision.parity

import kotlin.math.exp
import vision.Contract
import vision.ModelInfo

/** Where a candidate's numbers are in the outputs of a model. */
internal class Cells(private val info: ModelInfo) {
    private val hasLevels = info.contract.hasLevels

    /** Of one candidate: box outputs, cx cy w h, or corners. */
    val boxValues = if (hasLevels) 4 * info.regMax else 4

    /** Of one candidate: class logits or scores; or score and class number. */
    val classValues = if (info.contract == Contract.DETECTIONS) 2 else info.classNames.size

    /** Never above a confidence: as a logit, as a score. */
    private val noScore = if (hasLevels) -1e30f else 0f

    fun boxValue(outputs: Array<FloatArray>, candidate: Int, channel: Int): Float {
        val place = find(candidate, ofClass = false)
        return outputs[place.tensor][place.indexOf(channel)]
    }

    fun classValue(outputs: Array<FloatArray>, candidate: Int, classId: Int): Float {
        val place = find(candidate, ofClass = true)
        return outputs[place.tensor][place.indexOf(classId)]
    }

    /** A row's box, in what it is compared in: four distances in strides, or cx cy w h in pixels. */
    fun boxNumbers(row: FloatArray): List<Double> = if (hasLevels && info.regMax > 1) {
        row.toList().chunked(info.regMax).map(::expectedDistance)
    } else {
        row.map { it.toDouble() }
    }

    /**
     * Outputs made from a few candidates; all the others have scores that no confidence lets through.
     * box: (n, boxValues), classes: (n, classValues)
     */
    fun sparseOutputs(candidates: IntArray, box: FloatArray, classes: FloatArray): Array<FloatArray> {
        val outputs = info.outputShapes.map { shape -> FloatArray(shape.fold(1, Int::times)) }.toTypedArray()
        for (output in outputs) output.fill(noScore)
        for (i in candidates.indices) {
            val boxes = find(candidates[i], ofClass = false)
            val scores = find(candidates[i], ofClass = true)
            for (k in 0 until boxValues) outputs[boxes.tensor][boxes.indexOf(k)] = box[i * boxValues + k]
            for (c in 0 until classValues) outputs[scores.tensor][scores.indexOf(c)] = classes[i * classValues + c]
        }
        return outputs
    }

    private fun find(candidate: Int, ofClass: Boolean): Place = when (info.contract) {
        Contract.RAW, Contract.END2END -> findInLevels(candidate, ofClass)

        // 4 channels of box, then the classes
        Contract.DECODED -> {
            val cells = info.outputShapes[0][2]
            val first = if (ofClass) boxValues else 0
            Place(0, first * cells + known(candidate, cells), cells, if (ofClass) classValues else boxValues)
        }

        // A row for each: corners, score, class
        Contract.DETECTIONS -> {
            val (_, rows, columns) = info.outputShapes[0]
            val first = if (ofClass) boxValues else 0
            Place(0, known(candidate, rows) * columns + first, step = 1, if (ofClass) classValues else boxValues)
        }

        Contract.LOGITS, Contract.PROBABILITIES -> throw unknown(candidate)
    }

    /** Each level has a tensor of boxes and one of classes. */
    private fun findInLevels(candidate: Int, ofClass: Boolean): Place {
        var cell = candidate
        for (tensor in info.outputShapes.indices step 2) {
            val (_, _, height, width) = info.outputShapes[tensor]
            val cells = height * width
            if (cell in 0 until cells) {
                return Place(if (ofClass) tensor + 1 else tensor, cell, cells, if (ofClass) classValues else boxValues)
            }
            cell -= cells
        }
        throw unknown(candidate)
    }

    private fun known(candidate: Int, count: Int) = if (candidate in
        0 until count
    ) {
        candidate
    } else {
        throw unknown(candidate)
    }

    private fun unknown(candidate: Int) =
        VectorsException("the vectors name candidate $candidate, which the model does not have")
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
