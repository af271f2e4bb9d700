package vision.parity

import kotlin.math.abs
import vision.ClassScore
import vision.ClassifyResult
import vision.LetterboxPlan
import vision.LogitsContract
import vision.ModelInfo
import vision.Numbers
import vision.Preprocessor

/** What the model gives for all classes, and the probabilities that are shown, best first. */
internal class ClassifyStages(info: ModelInfo, private val tolerances: Tolerances) : TaskStages() {
    private val raw = if (info.contract == LogitsContract) {
        Stage("raw", tolerances.raw, "logits", needsModel = true)
    } else {
        Stage("raw", tolerances["probability"], "probability", needsModel = true)
    }
    private val decode = Stage("decode", DECODED, "probability")
    private val classes = Stage("classes", tolerances["probability"], "probability", needsModel = true)
    private val count = info.classNames.size
    private val postprocessor = info.task.postprocessor(info, shownClasses = null) // all classes, as PyTorch was asked

    override val stages get() = listOf(raw, decode, classes)

    override fun compare(picture: Picture, preprocessor: Preprocessor, model: Model?) {
        if (!picture.has("raw.output")) return
        val theirs = picture.floats("raw.output")
        val input = preprocessor.newInput()
        val plan = preprocessor.toTensor(viewOf(picture), input)
        if (picture.has("classes.probability")) {
            ++shown
            compareClasses(picture, arrayOf(Numbers(theirs)), plan, decode)
        }
        if (model == null) return
        val outputs = model.run(input)
        for (i in theirs.indices) raw.add(abs(outputs[0][i].toDouble() - theirs[i]))
        if (picture.has("classes.probability")) compareClasses(picture, outputs, plan, classes)
    }

    private fun compareClasses(picture: Picture, outputs: Array<Numbers>, plan: LetterboxPlan, stage: Stage) {
        val all = picture.thresholds.copy(maxDetections = count)
        val ours = (postprocessor.run(outputs, plan, all) as ClassifyResult).classes
        val right = picture.floats("classes.probability") // by class number
        if (ours.map { it.classId }.toSet().size != right.size) {
            stage.problems += "${picture.name}: ${ours.size} classes, expected ${right.size}, each once"
            return
        }
        for (one in ours) stage.add(abs(one.score.toDouble() - right[one.classId]))
        outOfOrder(ours, right, stage.tolerance)?.let { stage.problems += "${picture.name}: class $it is out of order" }
    }

    /** Returns the first class that is behind a less probable one. */
    private fun outOfOrder(ours: List<ClassScore>, right: FloatArray, tolerance: Double): Int? {
        var lowest = 1.0
        for ((classId, _) in ours) {
            if (right[classId] - lowest > tolerance) return classId
            lowest = minOf(lowest, right[classId].toDouble())
        }
        return null
    }
}

/** The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ. */
private const val DECODED = 1e-6
