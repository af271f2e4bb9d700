package vision.parity

import kotlin.math.abs
import vision.ClassMap
import vision.DenseMap
import vision.LetterboxPlan
import vision.ModelInfo
import vision.Preprocessor
import vision.SemanticResult

/** What the model gives, and the class of every pixel. */
internal class SemanticStages(private val info: ModelInfo, tolerances: Tolerances) : TaskStages() {
    private val raw = Stage("raw", tolerances.raw, "logits", needsModel = true)
    private val map = Stage("class map", tolerances["lead"], "logits", needsModel = true)
    private val postprocessor = info.task.postprocessor(info, shownClasses = null) // all classes, as PyTorch was asked
    private val logits: DenseMap
    private val count = info.outputShapes[0][1]

    init {
        val (_, _, height, width) = info.outputShapes[0]
        logits = DenseMap(count, width, height, info.inputWidth, info.inputHeight, corners = false)
    }

    override val stages get() = listOf(raw, map)

    override fun compare(picture: Picture, preprocessor: Preprocessor, model: Model?) {
        val isKnown = picture.has("class_map.run")
        if (isKnown) ++shown
        if (model == null) return
        val input = preprocessor.newInput()
        val plan = preprocessor.toTensor(viewOf(picture), input)
        val outputs = model.run(input)
        compareSamples(picture, "raw.sample", raw, outputs[0].size) { outputs[0][it] }
        if (!isKnown) return
        val ours = postprocessor.run(outputs, plan, picture.thresholds) as SemanticResult
        compareMaps(picture, ours, outputs[0].floats, plan)
        ours.recycle()
    }

    /** A difference counts as much as the logit of our class leads over that of theirs: near 0 a last bit decided. */
    private fun compareMaps(picture: Picture, ours: SemanticResult, output: FloatArray, plan: LetterboxPlan) {
        val theirs = pixels(picture)
        val rows = List(count) { FloatArray(ours.width) }
        logits.start(output, plan)
        for (y in 0 until ours.height) {
            for (c in 0 until count) logits.row(c, y, rows[c])
            for (x in 0 until ours.width) {
                val at = y * ours.width + x
                map.add(lead(ours.map, at, theirs[at], rows, x))
            }
        }
    }

    private fun lead(ours: ClassMap, at: Int, theirs: Int, rows: List<FloatArray>, x: Int): Double {
        val value = ours.values[at].toInt()
        return when {
            value == theirs -> 0.0
            count == 1 -> abs(rows[0][x].toDouble())
            theirs >= count -> throw VectorsException("the vectors name class $theirs, which the model does not have")
            else -> abs(rows[value][x].toDouble() - rows[theirs][x])
        }
    }

    /** The class of every pixel, of their runs. */
    private fun pixels(picture: Picture): IntArray {
        val lengths = picture.integers("class_map.run")
        val values = picture.integers("class_map.value")
        val pixels = IntArray(picture.width * picture.height)
        var first = 0
        for (i in lengths.indices) {
            val end = first.toLong() + lengths[i]
            if (lengths[i] < 0 || end > pixels.size || i >= values.size) throw wrongSize(picture)
            pixels.fill(values[i], first, end.toInt())
            first = end.toInt()
        }
        if (first != pixels.size) throw wrongSize(picture)
        return pixels
    }

    private fun wrongSize(picture: Picture) =
        VectorsException("the class map of the picture ${picture.name} is not of its size")
}
