package vision.parity

import kotlin.math.exp
import vision.Layout
import vision.ModelInfo
import vision.Numbers

/** Where a candidate's numbers are in the outputs of a model. */
internal class Cells(private val info: ModelInfo) {
    private val hasLevels = info.layout == Layout.LEVELS

    /** Of one candidate: box outputs, cx cy w h, or corners. */
    val boxValues = if (hasLevels) 4 * info.regMax else 4

    /** Of one candidate: class logits or scores; or score and class number. */
    val classValues = if (info.layout == Layout.ROWS) 2 else info.classNames.size

    /** Never above a confidence: as a logit, as a score. */
    private val noScore = if (hasLevels) -1e30f else 0f

    /** Of one candidate, beside those. */
    val extraValues = info.task.extras(info)

    fun value(outputs: Array<Numbers>, candidate: Int, part: Part, channel: Int): Float {
        val place = find(candidate, part)
        return outputs[place.tensor][place.indexOf(channel)]
    }

    fun count(part: Part): Int = when (part) {
        Part.BOX -> boxValues
        Part.CLASS -> classValues
        Part.EXTRA -> extraValues
    }

    /** Returns a row's box in the units of the comparison: four distances in strides, or cx cy w h in pixels. */
    fun boxNumbers(row: FloatArray): List<Double> = if (hasLevels && info.regMax > 1) {
        row.toList().chunked(info.regMax).map(::expectedDistance)
    } else {
        row.map { it.toDouble() }
    }

    /**
     * Outputs made from the rows of a picture's vectors; all other candidates have scores that no confidence lets through.
     */
    fun rowsOf(picture: Picture): Array<Numbers> {
        val outputs = info.newValues()
        for (output in outputs) output.fill(noScore)
        val candidates = picture.integers("raw.row.candidate")
        for (part in Part.entries) {
            val count = count(part)
            if (count == 0) continue
            val values = picture.row(part)
            for (i in candidates.indices) {
                val place = find(candidates[i], part)
                for (k in 0 until count) outputs[place.tensor][place.indexOf(k)] = values[i * count + k]
            }
        }
        return info.outputsOf(outputs)
    }

    private fun find(candidate: Int, part: Part): Place = when (info.layout) {
        Layout.LEVELS -> findInLevels(candidate, part)

        // 4 channels of box, then the classes, then the extras
        Layout.COLUMNS -> {
            val cells = info.outputShapes[0][2]
            Place(0, firstOf(part) * cells + known(candidate, cells), cells, count(part))
        }

        // A row for each: corners, score, class, extras
        Layout.ROWS -> {
            val (_, rows, columns) = info.outputShapes[0]
            Place(0, known(candidate, rows) * columns + firstOf(part), step = 1, count(part))
        }
    }

    private fun firstOf(part: Part): Int = Part.entries.take(part.ordinal).sumOf(::count)

    /** Each level has a tensor of boxes, one of classes, and one of extras where there are any. */
    private fun findInLevels(candidate: Int, part: Part): Place {
        var cell = candidate
        val each = if (extraValues > 0) 3 else 2
        for (level in info.strides.indices) {
            val (_, _, height, width) = info.outputShapes[level * each]
            val cells = height * width
            if (cell in 0 until cells) return Place(level * each + part.ordinal, cell, cells, count(part))
            cell -= cells
        }
        throw unknown(candidate)
    }

    private fun known(candidate: Int, count: Int): Int {
        if (candidate !in 0 until count) throw unknown(candidate)
        return candidate
    }

    private fun unknown(candidate: Int) =
        VectorsException("the vectors name candidate $candidate, which the model does not have")
}

/** What a candidate's numbers are, in their order. */
internal enum class Part { BOX, CLASS, EXTRA }

/** A part of the rows' outputs, as the model gave them; extras by the name that their task has for them. */
internal fun Picture.row(part: Part): FloatArray = floats(
    when (part) {
        Part.BOX -> "raw.row.box"
        Part.CLASS -> "raw.row.class"
        Part.EXTRA -> EXTRAS.find(::has) ?: throw VectorsException("the picture $name has no extras of its rows")
    }
)

private val EXTRAS = listOf("raw.row.keypoint", "raw.row.angle", "raw.row.coefficient")

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
